package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.recipe.SampleMaker.Made;
import org.junit.jupiter.api.Test;

/** Recipes as a user writes them, applied to rows as publishers write them. */
class SampleMakerTest {
  private static final String WEBVID =
      """
      name: webvid
      modality: video
      source: {format: csv, files: [results.csv]}
      id: "{videoid}"
      media: {file: "videos/{page_dir}/{videoid}.mp4"}
      questions: ["describe the video .", "what happens ?"]
      answer: "{name}"
      """;
  private static final String PANDA =
      """
      name: panda
      modality: video
      source: {format: csv, files: [panda.csv]}
      explode: [timestamp, caption, matching_score]
      id: "{videoID}_{_index}"
      media: {file: "{videoID}.mp4", start: "{timestamp.0}", end: "{timestamp.1}"}
      questions: ["describe the video ."]
      answer: "{caption}"
      """;
  private static final String LLAVA =
      """
      name: llava
      modality: image
      source: {format: json, files: [llava.json]}
      id: "{id}"
      media: {file: "{image}"}
      conversations: conversations
      """;

  private static Made make(String recipe, String row) {
    return RecipeText.make(recipe, row);
  }

  @Test
  void a_webvid_row_is_one_captioned_clip() {
    Made made =
        make(
            WEBVID,
            """
            {"videoid": "21", "page_dir": "006001_006050", "name": "Aerial shot, winter forest",
             "duration": "PT00H00M11S"}
            """);
    assertThat(made.problem()).isNull();
    SampleSpec sample = made.samples().get(0);
    assertThat(sample.id()).isEqualTo("21");
    assertThat(sample.modality()).isEqualTo(Modality.VIDEO);
    assertThat(sample.media()).isEqualTo("/data/videos/006001_006050/21.mp4");
    assertThat(sample.startSeconds()).isZero();
    assertThat(sample.endSeconds()).isInfinite();
    assertThat(sample.line()).isEqualTo(12);
    assertThat(sample.exchanges().get(0).answer()).isEqualTo("Aerial shot, winter forest");
  }

  @Test
  void the_question_is_a_choice_of_the_sample_not_of_chance() {
    String row = "{\"videoid\": \"%d\", \"page_dir\": \"p\", \"name\": \"x\"}";
    long firstQuestion = 0;
    for (int id = 0; id < 100; id++) {
      Exchange once = make(WEBVID, row.formatted(id)).samples().get(0).exchanges().get(0);
      Exchange again = make(WEBVID, row.formatted(id)).samples().get(0).exchanges().get(0);
      assertThat(once).isEqualTo(again);
      firstQuestion += once.question().equals("what happens ?") ? 1 : 0;
    }
    assertThat(firstQuestion).isBetween(30L, 70L);
  }

  @Test
  void a_panda_row_is_a_sample_for_each_of_its_clips() {
    Made made =
        make(
            PANDA,
            """
            {"videoID": "abc", "timestamp": "[['0:00:02.000', '0:00:09.500'], ['0:01:00', '1:00:01']]",
             "caption": "['A man paints a wall.', \\"It's dry.\\"]", "matching_score": "[0.43, 0.5]"}
            """);
    assertThat(made.samples()).extracting(SampleSpec::id).containsExactly("abc_0", "abc_1");
    assertThat(made.samples().get(0).startSeconds()).isEqualTo(2);
    assertThat(made.samples().get(0).endSeconds()).isEqualTo(9.5);
    assertThat(made.samples().get(1).startSeconds()).isEqualTo(60);
    assertThat(made.samples().get(1).endSeconds()).isEqualTo(3601);
    assertThat(made.samples().get(1).exchanges().get(0).answer()).isEqualTo("It's dry.");
  }

  @Test
  void lists_of_unequal_length_are_told() {
    Made made =
        make(
            PANDA,
            """
            {"videoID": "abc", "timestamp": "[['0:00:02', '0:00:09']]", "caption": "['a', 'b']",
             "matching_score": "[1]"}
            """);
    assertThat(made.samples()).isEmpty();
    assertThat(made.problem()).isEqualTo("has 1 elements in \"timestamp\" and 2 in \"caption\"");
  }

  @Test
  void a_conversation_loses_its_placeholders_and_keeps_its_turns() {
    Made made =
        make(
            LLAVA,
            """
            {"id": "7", "image": "coco/7.jpg", "conversations": [
              {"from": "human", "value": "<image>\\nHow many?"}, {"from": "gpt", "value": " 2 "},
              {"from": "human", "value": "Why?"}, {"from": "gpt", "value": "I counted."}]}
            """);
    assertThat(made.samples().get(0).exchanges())
        .containsExactly(new Exchange("How many?", "2"), new Exchange("Why?", "I counted."));
  }

  @Test
  void a_leading_answer_is_dropped() {
    Made made =
        make(
            LLAVA,
            """
            {"id": "7", "image": "7.jpg", "conversations": [
              {"from": "gpt", "value": "Hi."},
              {"from": "human", "value": "A?"}, {"from": "gpt", "value": "B."}]}
            """);
    assertThat(made.samples().get(0).exchanges()).containsExactly(new Exchange("A?", "B."));
  }

  @Test
  void rows_that_give_no_sample_say_why() {
    assertThat(make(WEBVID, "{\"videoid\": \"1\", \"name\": \"x\"}").problem())
        .isEqualTo("lacks the field \"page_dir\"");
    assertThat(make(WEBVID, "{\"videoid\": \"1\", \"page_dir\": \"p\", \"name\": \" \"}").problem())
        .isEqualTo("has an empty answer");
    assertThat(
            make(LLAVA, "{\"id\": \"7\", \"image\": \"7.jpg\", \"conversations\": []}").problem())
        .isEqualTo("has 0 turns in \"conversations\" (expected: questions and answers in turn)");
    assertThat(
            make(
                    PANDA,
                    """
                    {"videoID": "a", "timestamp": "[['9', '2']]", "caption": "['a']",
                     "matching_score": "[1]"}
                    """)
                .problem())
        .isEqualTo("has a clip from 9.0 s to 2.0 s");
    assertThat(
            make(
                    PANDA,
                    """
                    {"videoID": "a", "timestamp": "[['soon', '2']]", "caption": "['a']",
                     "matching_score": "[1]"}
                    """)
                .problem())
        .isEqualTo("has the time \"soon\" (expected: seconds or H:MM:SS.mmm)");
  }

  @Test
  void the_good_clips_of_a_row_are_kept_and_the_bad_ones_told() {
    Made made =
        make(
            PANDA,
            """
            {"videoID": "a", "timestamp": "[['9', '2'], ['3', '4'], ['soon', '8'], ['5', '6']]",
             "caption": "['w', 'x', 'y', '']", "matching_score": "[1, 1, 1, 1]"}
            """);
    assertThat(made.samples()).extracting(SampleSpec::id).containsExactly("a_1");
    assertThat(made.problem())
        .isEqualTo("has a clip from 9.0 s to 2.0 s, and 2 more of its samples are unusable");
  }

  @Test
  void files_that_hold_the_clip_alone_come_before_those_it_is_a_part_of() {
    String cut =
        PANDA.replace(
            "{file: \"{videoID}.mp4\",",
            "{cut: [\"{videoID}_{_index}.mp4\"], files: [\"{videoID}.mp4\", \"{videoID}.mkv\"],");
    SampleSpec sample =
        make(
                cut,
                """
                {"videoID": "a", "timestamp": "[['3', '4']]", "caption": "['x']",
                 "matching_score": "[1]"}
                """)
            .samples()
            .get(0);
    assertThat(sample.candidates()).containsExactly("/data/a_0.mp4", "/data/a.mp4", "/data/a.mkv");
    assertThat(sample.candidates().stream().filter(sample::isCut)).containsExactly("/data/a_0.mp4");
    assertThat(sample.startSeconds()).isEqualTo(3);
  }

  @Test
  void a_clip_without_times_is_the_whole_file() {
    String open = WEBVID.replace(".mp4\"}", ".mp4\", start: \"{from|or:}\", end: \"{to|or:}\"}");
    SampleSpec whole =
        make(open, "{\"videoid\": \"1\", \"page_dir\": \"p\", \"name\": \"x\"}").samples().get(0);
    assertThat(whole.startSeconds()).isZero();
    assertThat(whole.endSeconds()).isInfinite();
    SampleSpec rest =
        make(open, "{\"videoid\": \"1\", \"page_dir\": \"p\", \"name\": \"x\", \"from\": 2}")
            .samples()
            .get(0);
    assertThat(rest.startSeconds()).isEqualTo(2);
    assertThat(rest.endSeconds()).isInfinite();
  }

  @Test
  void a_path_that_is_whole_is_not_put_below_the_root() {
    for (String whole : new String[] {"/x/a.mp4", "file:/x/a.mp4", "s3a://bucket/a.mp4"}) {
      assertThat(
              make(
                      WEBVID.replace("videos/{page_dir}/{videoid}.mp4", "{page_dir}"),
                      "{\"videoid\": \"1\", \"page_dir\": \"%s\", \"name\": \"x\"}"
                          .formatted(whole))
                  .samples()
                  .get(0)
                  .media())
          .isEqualTo(whole);
    }
  }

  @Test
  void facts_go_with_a_sample_from_task_to_task() {
    Made made =
        make(
            WEBVID + "facts: {page: \"{page_dir}\", length: \"{duration|or:?}\"}",
            "{\"videoid\": \"21\", \"page_dir\": \"7\", \"name\": \"x\"}");
    SampleSpec sample = made.samples().get(0);
    assertThat(sample.facts()).isEqualTo(Map.of("page", "7", "length", "?"));
    assertThat(sample.packed().unpacked()).isEqualTo(sample);
    assertThat(
            make(
                    WEBVID + "facts: {page: \"{pages}\"}",
                    "{\"videoid\": \"21\", \"page_dir\": \"7\", \"name\": \"x\"}")
                .problem())
        .isEqualTo("lacks the field \"pages\"");
  }

  @Test
  void blanks_that_a_recipe_ends_a_question_with_stay_and_those_of_a_row_do_not() {
    String row = "{\"videoid\": \"21\", \"page_dir\": \"7\", \"name\": \" x  \"}";
    String[] questions = {"\" {name}: \"", "\"{name}\"", "\"a\\n{name} \\n\""};
    String[] asked = {"x  : ", "x", "a\n x"};
    for (int i = 0; i < questions.length; i++) {
      String recipe =
          WEBVID.replaceAll(
              "questions:.*", "questions: [" + questions[i].replace("\\", "\\\\") + "]");
      assertThat(make(recipe, row).samples().get(0).exchanges())
          .containsExactly(new Exchange(asked[i], "x"));
    }
  }
}
