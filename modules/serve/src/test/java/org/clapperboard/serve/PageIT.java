package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.model.Generator;
import org.clapperboard.model.prompt.Conversation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser; pictures of it lie in {@code target/page} afterwards. */
class PageIT {
  private static final int MOST = 24;
  private static final String LAST = "[...document.querySelectorAll('.said:not(.mine)')].at(-1)";
  private static final ServeLimits LIMITS =
      new ServeLimits(
          1 << 22, 1 << 20, 3, MOST, 8, 4, Duration.ofSeconds(60), Duration.ofSeconds(30));

  @TempDir private static Path temporary;
  private static ServedModel oracle;
  private static ServedModel served;
  private static ModelServer server;
  private static Browser browser;
  private static Path video;
  private static Path picture;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(
        Browser.installed().isPresent(),
        "no Chromium is installed; modules/serve/install-browser.sh installs one");
    Path model = TinyModel.write(temporary);
    oracle = ServedModel.load("tiny", model);
    served = ServedModel.load("tiny", model);
    // A name that a page must not take for its own.
    video = Files.write(temporary.resolve("<img src=x onerror=hacked=1>.mp4"), TinyModel.video());
    picture = Files.write(temporary.resolve("still.png"), TinyModel.picture());
    Path folder = Files.createDirectories(temporary.resolve("browser"));
    server = serve(null);
    browser = Browser.start(Browser.installed().orElseThrow(), folder);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
      served.close();
      oracle.close();
    }
  }

  private static ModelServer serve(String token) {
    return ModelServer.start(served, new ServeConfig("127.0.0.1", 0, token, null, LIMITS));
  }

  private static String alone(Conversation said) {
    int[] ids =
        new Generator(oracle.model(), Set.of(oracle.tokenizer().endId()), MOST)
            .answer(List.of(said.prompt(oracle.tokenizer().prompts())))
            .get(0);
    return oracle.tokenizer().decode(ids);
  }

  private static void ask(String question) {
    browser.type("#question", question);
    browser.click("#send");
    browser.await("!document.querySelector('#send').disabled && " + LAST);
  }

  private static void screenshot(String name) throws IOException {
    browser.screenshot(Path.of("target/page/" + name + ".png"));
  }

  @Test
  void a_clip_is_shown_and_talked_about() throws Exception {
    browser.prefer("light");
    browser.open(server.address(), 1280, 900);
    browser.await("document.querySelector('#about').dataset.model");
    assertThat(browser.value("document.querySelector('#about').textContent").asText())
        .isEqualTo("tiny: sees 4 frames of a video, hears 2 s");
    screenshot("empty-1280");
    browser.choose("#file", video);
    browser.await("!document.querySelector('#heard').hidden");
    browser.await(
        "document.querySelectorAll('#frames img').length === 4"
            + " && [...document.querySelectorAll('#frames img')].every(i => i.naturalWidth === 56)");
    assertThat(
            browser
                .value(
                    "new Set([...document.querySelectorAll('#frames img')].map(i => i.src)).size")
                .asInt())
        .as("different frames")
        .isEqualTo(4);
    browser.await("document.querySelector('#spectrogram').naturalHeight === 128");
    assertThat(browser.value("document.querySelector('#seconds').textContent").asText())
        .isEqualTo("2.0 s");

    String question = "is <b>this</b> <img src=x onerror=hacked=1> a bar ?";
    ask(question);
    MediaFiles files = new MediaFiles(oracle.folder(), Clip.WHOLE);
    Conversation first = Conversation.EMPTY.asked(List.of(files.video(video, false)), question);
    String answer = alone(first);
    assertThat(browser.value(LAST + ".textContent").asText()).isEqualTo(answer);
    ask("and now ?");
    assertThat(browser.value(LAST + ".textContent").asText())
        .isEqualTo(alone(first.answered(answer).asked(List.of(), "and now ?")));
    screenshot("light-1280");
    browser.resize(400, 860);
    assertThat(browser.value("document.documentElement.scrollWidth").asInt())
        .as("nothing stands out to the right")
        .isLessThanOrEqualTo(400);
    screenshot("light-400");
    browser.prefer("dark");
    screenshot("dark-400");
    browser.resize(1280, 900);
    screenshot("dark-1280");
    assertThat(browser.value("typeof hacked").asText()).isEqualTo("undefined");
    assertThat(
            browser
                .value("document.querySelectorAll('#talk img, #talk b, #name img').length")
                .asInt())
        .isZero();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void a_part_of_a_clip_can_be_chosen_and_its_sound_left_out() throws Exception {
    browser.open(server.address(), 1280, 900);
    browser.choose("#file", video);
    browser.await("!document.querySelector('#heard').hidden");
    browser.value(
        "document.querySelector('#start').value = 0.5, document.querySelector('#end').value = 1");
    browser.click("#mute");
    browser.await(
        "document.querySelector('#looking').hidden && document.querySelector('#heard').hidden && !document.querySelector('#seen').hidden");
    ask("what ?");
    MediaFiles part = new MediaFiles(oracle.folder(), new Clip(0.5, 1));
    assertThat(browser.value(LAST + ".textContent").asText())
        .isEqualTo(alone(Conversation.EMPTY.asked(List.of(part.video(video, true)), "what ?")));
  }

  @Test
  void mistakes_and_a_missing_token_are_told_on_the_page() throws Exception {
    try (ModelServer locked = serve("secret")) {
      browser.open(locked.address(), 1280, 900);
      browser.await("!document.querySelector('#key').hidden");
      browser.type("#token", "secret");
      browser.click("#key button");
      browser.await(
          "document.querySelector('#about').dataset.model === 'tiny' && document.querySelector('#key').hidden");
      browser.choose("#file", Files.writeString(temporary.resolve("no.png"), "no picture"));
      browser.await("!document.querySelector('#shown-wrong').hidden");
      assertThat(browser.value("document.querySelector('#shown-wrong').textContent").asText())
          .isEqualTo("Cannot read the file: its bytes are of no known picture format");
      browser.choose("#file", picture);
      browser.await(
          "document.querySelectorAll('#frames img').length === 1 && !document.querySelector('#seen').hidden");
      ask("what ?");
      MediaFiles files = new MediaFiles(oracle.folder(), Clip.WHOLE);
      assertThat(browser.value(LAST + ".textContent").asText())
          .isEqualTo(alone(Conversation.EMPTY.asked(List.of(files.image(picture)), "what ?")));
    }
  }
}
