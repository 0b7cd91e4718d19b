package org.clapperboard.config;

import com.typesafe.config.ConfigObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** A YAML file with its includes and overrides, its references resolved; ready to be read. */
public final class ConfigFile {
  private final ConfigObject root;
  private final Problems found;

  private ConfigFile(ConfigObject root, Problems found) {
    this.root = root;
    this.found = found;
  }

  /** Loads a file and reads it in one go: {@link #load} and {@link #read(Function)}. */
  public static <T> T read(Path file, List<String> overrides, Function<Section, T> reader) {
    return load(file, overrides).read(reader);
  }

  /**
   * Loads a file of at most 1 MiB, what it includes, and overrides such as {@code
   * optimizer.lr=1e-4}.
   *
   * @param file named in messages just as given
   * @param overrides {@code key=value} with a YAML value; the last one wins
   * @throws BadConfig when a file cannot be read or references run in a circle; smaller problems
   *     wait for {@link #read(Function)}
   */
  public static ConfigFile load(Path file, List<String> overrides) {
    return load(overrides, layers -> layers.addFile(file));
  }

  /** As {@link #load}, with the text at hand; includes are looked for beside the file named. */
  public static ConfigFile ofText(Path file, String yaml, List<String> overrides) {
    return load(overrides, layers -> layers.addText(file, yaml));
  }

  private static ConfigFile load(List<String> overrides, Consumer<Layers> addFile) {
    Problems problems = new Problems();
    Budget budget = new Budget();
    Layers layers = new Layers(problems, budget);
    layers.addOverrides(overrides);
    addFile.accept(layers);
    ConfigObject root = Resolution.of(layers.list(), problems, budget);
    return new ConfigFile(root, problems);
  }

  /**
   * What the reader makes of the file; the reader must ask for every key that the file may hold.
   *
   * @throws BadConfig with all problems: those of loading, of reading, and unknown keys
   */
  public <T> T read(Function<Section, T> reader) {
    Problems problems = found.copy();
    Section section = new Section(root, "", problems);
    T value = section.build(() -> reader.apply(section));
    section.reportUnknownKeys();
    problems.throwIfAny();
    return value;
  }

  /**
   * A problem found after reading, such as a missing folder, with the place of its key.
   *
   * @param key the full name, such as {@code data.mixture[2].dataset}
   * @param advice what to do, a full sentence, or ""
   */
  public Problem problem(String key, String expected, String advice) {
    Found at = Found.at(root, key);
    String text = Wording.wrong(key, at.whole() ? at.shown() : "missing", expected, advice);
    return Problem.at(at.value().origin(), key, text);
  }

  /** Whether a key, by its full name, has a value. */
  public boolean has(String key) {
    return Found.at(root, key).whole();
  }

  /** Where a key stands, {@code conf/stage.yaml:7}, or the section that lacks it. */
  public String place(String key) {
    return Problem.at(Found.at(root, key).value().origin(), key, "").place();
  }

  /**
   * The values in effect as one line of JSON with sorted keys; the same for files that mean the
   * same. Throws BadConfig when loading found problems.
   */
  public String canonicalJson() {
    found.throwIfAny();
    return CanonicalJson.of(root);
  }

  /**
   * SHA-256 of {@link #canonicalJson} in hexadecimal digits.
   *
   * @param without keys of the file itself that are left out, such as those that do not change what
   *     is computed
   */
  public String configHash(String... without) {
    found.throwIfAny();
    ConfigObject counted = root;
    for (String key : without) {
      counted = counted.toConfig().withoutPath(key).root();
    }
    try {
      byte[] json = CanonicalJson.of(counted).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
