package org.clapperboard.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.clapperboard.app.demo.TokenizerFiles;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of random weights, whose answers depend on all that it is shown and told. */
class AskIT {
  private static final int MOST_TOKENS = 12;
  private static final String MODEL =
      """
      vision-encoder: {family: clip, image-size: 56, patch-size: 14, width: 32, layers: 2, heads: 2, mlp-width: 64}
      vision-connector: {type: stc_connector_v35, depth: 1}
      audio-encoder:
        {patch-width: 32, width: 32, layers: 2, heads: 2, mlp-width: 64, position-kernel: 16,
         position-groups: 4, buckets: 32, max-distance: 64}
      audio-projector: {type: mlp2x_gelu}
      language-model: {family: qwen2, vocabulary: 128, width: 48, layers: 2, heads: 4, kv-heads: 2,
        mlp-width: 96, rope-theta: 100, context: 512, embedding-start: 0.5}
      """;
  private static final Pattern PLACEHOLDER =
      Pattern.compile("(?=<(?:image|video|audio)>)|(?<=<(?:image|video|audio)>)");
  private static final String START = "<|im_start|>";
  private static final String END = "<|im_end|>";

  @TempDir private static Path temporary;
  private static Path folder;
  private static Path video;
  private static Path picture;
  private static Path sound;

  @BeforeAll
  static void make() throws Exception {
    TorchEngine.start(1);
    folder = temporary.resolve("model");
    Path tokenizer = temporary.resolve("tokenizer");
    TokenizerFiles.write(tokenizer, 128);
    ModelConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL, List.of()).read(ModelConfig::read);
    try (VideoLlama2 model = VideoLlama2.allocate(config)) {
      model.parameters().values().forEach(parameters -> parameters.initialise(3));
      ModelFolder.Shown shown =
          new ModelFolder.Shown(4, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 1);
      ModelExport.whole().write(folder, model, shown, tokenizer, "# A model");
    }
    PcmTrack noise = noise();
    List<RgbImage> frames = IntStream.range(0, 20).mapToObj(AskIT::frame).toList();
    video =
        Files.write(
            temporary.resolve("a.mp4"), ClipWriter.write(ClipFormat.mpeg4(10), frames, noise));
    sound = Files.write(temporary.resolve("a.wav"), WavWriter.write(noise));
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      picture = Files.write(temporary.resolve("a.png"), codec.encode(frame(7)));
    }
  }

  private static RgbImage frame(int number) {
    byte[] rgb = new byte[3 * 64 * 48];
    Arrays.fill(rgb, (byte) (number * 11));
    Arrays.fill(rgb, number * 300, number * 300 + 900, (byte) 250);
    return new RgbImage(64, 48, rgb);
  }

  private static PcmTrack noise() {
    short[] samples = new short[32_000];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (8000 * Math.sin(i * i * 1e-5));
    }
    return new PcmTrack(samples, 1, 16_000);
  }

  @Test
  void media_are_shown_in_the_order_of_their_options() {
    MediaFiles files = new MediaFiles(ModelFolder.open(folder), Clip.WHOLE);
    Example.Media seen = new Example.Media(files.clip(video), files.bankOfVideo(video));
    Example.Media still = new Example.Media(files.picture(picture), null);
    Example.Media heard = new Example.Media(null, files.bank(sound));
    String both =
        ask("--image", picture, "--video", video, "--audio", sound, "--image", picture, "what ?");
    assertThat(both)
        .isEqualTo(
            oracle(
                Sampling.GREEDY,
                START + "user\n<image>\n<video>\n<audio>\n<image>\nwhat ?" + END + "\n",
                still,
                seen,
                heard,
                still));
    assertThat(ask("--audio", sound, "--video", video, "what ?"))
        .isEqualTo(
            oracle(
                Sampling.GREEDY,
                START + "user\n<audio>\n<video>\nwhat ?" + END + "\n",
                heard,
                seen))
        .isNotEqualTo(both);
  }

  @Test
  void of_a_clip_its_part_is_shown_and_without_sound_if_it_is_muted() {
    MediaFiles files = new MediaFiles(ModelFolder.open(folder), new Clip(0.5, 1.2));
    String text = START + "user\n<video>\nwhat ?" + END + "\n";
    Example.Media loud = new Example.Media(files.clip(video), files.bankOfVideo(video));
    Example.Media silent = new Example.Media(files.clip(video), null);
    assertThat(ask("--video", video, "--start", "0.5", "--end", "1.2", "what ?"))
        .isEqualTo(oracle(Sampling.GREEDY, text, loud));
    assertThat(ask("--video", video, "--mute", "--start", "0.5", "--end", "1.2", "what ?"))
        .isEqualTo(oracle(Sampling.GREEDY, text, silent))
        .isNotEqualTo(oracle(Sampling.GREEDY, text, loud));
  }

  @Test
  void a_chat_remembers_what_was_said_and_shows_media_once() {
    MediaFiles files = new MediaFiles(ModelFolder.open(folder), Clip.WHOLE);
    Example.Media heard = new Example.Media(null, files.bank(sound));
    String first = START + "user\n<audio>\nwhat sound ?" + END + "\n";
    String answer = oracle(Sampling.GREEDY, first, heard);
    String second =
        first
            + START
            + "assistant\n"
            + answer
            + END
            + "\n"
            + START
            + "user\nthe shape ?"
            + END
            + "\n";
    String expected = answer + "\n" + oracle(Sampling.GREEDY, second, heard) + "\n";
    assertThat(chat("\nthe shape ?\n\n", "--audio", sound, "what sound ?")).isEqualTo(expected);
    assertThat(chat("what sound ?\nthe shape ?", "--audio", sound)).isEqualTo(expected);
  }

  @Test
  void tokens_are_drawn_by_the_seed() {
    String text = START + "user\nwhat ?" + END + "\n";
    String drawn = ask("--temperature", "2", "--top-p", "0.9", "--seed", "5", "what ?");
    assertThat(drawn).isEqualTo(oracle(new Sampling(2, 0.9, 5), text));
    assertThat(ask("--temperature", "2", "--top-p", "0.9", "--seed", "6", "what ?"))
        .isNotEqualTo(drawn);
  }

  @Test
  void an_answer_is_printed_while_it_grows() {
    List<String> printed = new ArrayList<>();
    PrintStream out = System.out;
    System.setOut(
        new PrintStream(OutputStream.nullOutputStream(), true, UTF_8) {
          @Override
          public void print(String text) {
            printed.add(text);
          }
        });
    try {
      App.execute(new AskCommand(), arguments("what ?"));
    } finally {
      System.setOut(out);
    }
    String whole = oracle(Sampling.GREEDY, START + "user\nwhat ?" + END + "\n");
    assertThat(printed).hasSizeGreaterThan(3);
    assertThat(String.join("", printed)).isEqualTo(whole);
  }

  @Test
  void what_cannot_be_asked_is_told() {
    assertThat(Told.by(new AskCommand(), "--model", folder.toString()))
        .satisfies(told -> assertThat(told.exitCode()).isEqualTo(2))
        .satisfies(
            told -> assertThat(told.text()).startsWith("Missing the QUESTION, or --chat.\n"));
    assertThat(Told.by(new AskCommand(), arguments("--temperature", "-1", "what ?")))
        .satisfies(told -> assertThat(told.exitCode()).isEqualTo(2))
        .satisfies(told -> assertThat(told.text()).startsWith("temperature is -1.0 (expected: "));
    assertThat(Told.by(new AskCommand(), arguments("--max-new-tokens", "0", "what ?")))
        .satisfies(told -> assertThat(told.exitCode()).isEqualTo(2));
    assertThat(Told.by(new AskCommand(), arguments("a <video> ?")))
        .isEqualTo(
            new Told(
                3,
                "Cannot put \"a <video> ?\" into a conversation:"
                    + " <video> stands for what is shown, and may not be written.\n"));
    assertThat(Told.by(new AskCommand(), arguments("shape ".repeat(600))))
        .isEqualTo(
            new Told(
                3,
                "Cannot answer: what was said and shown takes 605 positions"
                    + " (expected: fewer than the model's 512).\n"));
  }

  @Test
  void the_script_takes_further_questions_from_a_pipe() {
    Jobs jobs = new Jobs(temporary.resolve("logs"));
    Jobs.Ended piped =
        jobs.startProgram(
                Map.of(),
                List.of("bash", "-c", "printf 'what ?\\nwhat ?\\n' | jobs/ask.sh \"$@\"", "ask.sh"),
                List.of(arguments("--chat")))
            .await();
    assertThat(piped.requireOut()).isEqualTo(chat("what ?\nwhat ?\n"));
  }

  private static String[] arguments(Object... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--model", folder.toString(), "--max-new-tokens", String.valueOf(MOST_TOKENS)));
    Arrays.stream(options).map(Object::toString).forEach(arguments::add);
    return arguments.toArray(String[]::new);
  }

  private static String ask(Object... options) {
    return Jobs.here(AskCommand::new, List.of(arguments(options))).requireOut().strip();
  }

  private static String chat(String typed, Object... options) {
    InputStream in = System.in;
    System.setIn(new ByteArrayInputStream(typed.getBytes(UTF_8)));
    try {
      List<String> arguments = new ArrayList<>(List.of(arguments(options)));
      arguments.add("--chat");
      return Jobs.here(AskCommand::new, arguments).requireOut();
    } finally {
      System.setIn(in);
    }
  }

  /** What the model says to a prompt that was written by hand. */
  private static String oracle(Sampling sampling, String written, Example.Media... media) {
    try (VideoLlama2 model = ModelFolder.open(folder).load();
        Tokenizer tokenizer = Tokenizer.open(folder)) {
      List<Integer> ids = new ArrayList<>();
      for (String piece : PLACEHOLDER.splitAsStream(written + START + "assistant\n").toList()) {
        switch (piece) {
          case "<image>" -> ids.add(Example.IMAGE);
          case "<video>" -> ids.add(Example.VIDEO);
          case "<audio>" -> ids.add(Example.AUDIO);
          default -> Arrays.stream(tokenizer.encode(piece)).forEach(ids::add);
        }
      }
      int[] prompt = ids.stream().mapToInt(Integer::intValue).toArray();
      Example example = new Example(prompt, new int[prompt.length], List.of(media));
      Generator generator =
          new Generator(model, Set.of(tokenizer.endId()), MOST_TOKENS).choosing(sampling);
      return tokenizer.decode(generator.answer(List.of(example)).get(0));
    }
  }
}
