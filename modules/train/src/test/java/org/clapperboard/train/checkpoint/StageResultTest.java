package org.clapperboard.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageResultTest {
  @TempDir private Path temporary;

  private Folder folder() {
    return Folder.of(temporary.toString(), new Configuration());
  }

  private static StageResult result(String inputs) {
    return new StageResult(
        "stage2",
        inputs,
        120,
        Map.of(
            "vision-connector", new WeightFile("stage2/weights/c.safetensors", "ab", "stage2"),
            "language-model", new WeightFile("stage1/weights/l.safetensors", "cd", "stage1")));
  }

  @Test
  void a_result_comes_back_and_a_later_one_replaces_it() throws Exception {
    assertThat(StageResult.in(folder())).as("not finished").isNull();
    result("one").write(folder());
    assertThat(StageResult.in(folder())).isEqualTo(result("one"));
    result("two").write(folder());
    assertThat(StageResult.in(folder())).isEqualTo(result("two"));
    assertThat(folder().files()).containsExactly(StageResult.FILE);
  }

  @Test
  void the_file_is_the_same_each_time() throws Exception {
    result("one").write(folder());
    String json = Files.readString(temporary.resolve(StageResult.FILE));
    assertThat(json.indexOf("language-model")).isLessThan(json.indexOf("vision-connector"));
    assertThat(json).contains("\"steps\" : 120");
  }

  @Test
  void a_result_that_cannot_be_understood_is_named() throws Exception {
    for (String json : List.of("{\"stage\": \"stage2\"", "{\"stages\": 3}", "{}", "null")) {
      Files.writeString(temporary.resolve(StageResult.FILE), json);
      assertThatThrownBy(() -> StageResult.in(folder()))
          .as(json)
          .isInstanceOf(BadCheckpoint.class)
          .hasMessageContaining("Cannot read ")
          .hasMessageContaining(StageResult.FILE);
    }
  }

  @Test
  void a_manifest_comes_back() throws Exception {
    Manifest manifest =
        new Manifest(
            "stage2",
            "hash",
            30,
            29L,
            Saves.position(30),
            2,
            List.of(
                new Manifest.RankFile("a/step-000030/rank-0.safetensors", 10, "ab"),
                new Manifest.RankFile("a/step-000030/rank-1.safetensors", 12, "cd")));
    assertThat(Manifest.fromJson(manifest.toJson())).contains(manifest);
    assertThat(Manifest.RankFile.fromJson(manifest.files().get(1).toJson()))
        .isEqualTo(manifest.files().get(1));
    for (String torn : List.of("", "{\"stage\":", "null", "{}", "{\"stage\": \"stage2\"}")) {
      assertThat(Manifest.fromJson(torn.getBytes(StandardCharsets.UTF_8))).as(torn).isEmpty();
    }
  }
}
