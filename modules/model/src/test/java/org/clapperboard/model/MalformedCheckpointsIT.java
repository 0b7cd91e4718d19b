package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.model.engine.TorchEngine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole model folders that are damaged or made to hurt, loaded the way the commands load them, in a
 * process with little memory: each ends in one message and the exit code of a bad checkpoint.
 */
class MalformedCheckpointsIT {
  private static final String BAD_CHECKPOINT = "4";

  @TempDir private static Path temporary;
  private static DamagedModels models;
  private static final Map<String, String[]> ENDINGS = new LinkedHashMap<>();

  @BeforeAll
  static void loadAllInAnotherProcess() throws Exception {
    TorchEngine.start(1);
    models = new DamagedModels(temporary);
    models.makeAll();
    Path out = temporary.resolve("out");
    Path err = temporary.resolve("err");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=64m",
                "-Xss512k",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                OpenCheckpoints.class.getName(),
                models.folder().toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    for (String line : Files.readAllLines(out)) {
      if (line.startsWith("=")) {
        String[] told = line.substring(1).split("\t", 3);
        ENDINGS.put(told[0], told);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> each_ends_in_one_message() {
    assertThat(models.expected()).hasSizeGreaterThanOrEqualTo(20);
    return models.expected().entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(), () -> assertTold(each.getKey(), each.getValue())));
  }

  private static void assertTold(String name, String expected) {
    String[] told = ENDINGS.get(name);
    assertThat(told).as("the process came to it").isNotNull();
    assertThat(told[2]).doesNotContain("\\n").hasSizeLessThan(600);
    // Where it stands for a number or a list, an ellipsis fits anything.
    String folder = models.folder().resolve(name).toString();
    String message =
        Arrays.stream(expected.replace("FOLDER", folder).split("…", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    assertThat(told[2]).matches(message);
    assertThat(told[1]).isEqualTo(BAD_CHECKPOINT);
  }

  @Test
  void the_same_models_without_damage_are_loaded() {
    assertThat(models.sound()).hasSize(4);
    for (String name : models.sound()) {
      assertThat(ENDINGS.get(name)).as(name).containsExactly(name, "0", "5 parts");
    }
  }
}
