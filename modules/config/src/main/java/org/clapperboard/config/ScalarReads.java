package org.clapperboard.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Typed reads of one key of a section.
 *
 * <p>Each kind comes three times: {@code number(key)} must be there, {@code number(key, fallback)}
 * and {@code optionalNumber(key)} need not. A key without a value ({@code key:} or {@code ~}) is
 * not there. A missing or wrong value is noted as a problem, and reading continues with a stand-in.
 */
abstract sealed class ScalarReads permits Section {

  abstract <T> T required(String key, Kind<T> kind);

  abstract <T> Optional<T> optional(String key, Kind<T> kind);

  abstract <T> List<T> requiredList(String key, Kind<T> kind);

  abstract <T> Optional<List<T>> optionalList(String key, Kind<T> kind);

  /** Text; numbers and flags are taken as they are written. */
  public String string(String key) {
    return required(key, Kind.TEXT);
  }

  public String string(String key, String fallback) {
    return optionalString(key).orElse(fallback);
  }

  public Optional<String> optionalString(String key) {
    return optional(key, Kind.TEXT);
  }

  /** A whole number in the range of int. */
  public int integer(String key) {
    return required(key, Kind.INTEGER);
  }

  public int integer(String key, int fallback) {
    return optionalInteger(key).orElse(fallback);
  }

  public OptionalInt optionalInteger(String key) {
    return optional(key, Kind.INTEGER).map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  /** A whole number in the range of long. */
  public long longInteger(String key) {
    return required(key, Kind.LONG);
  }

  public long longInteger(String key, long fallback) {
    return optionalLongInteger(key).orElse(fallback);
  }

  public OptionalLong optionalLongInteger(String key) {
    return optional(key, Kind.LONG).map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  /** A finite number. */
  public double number(String key) {
    return required(key, Kind.NUMBER);
  }

  public double number(String key, double fallback) {
    return optionalNumber(key).orElse(fallback);
  }

  public OptionalDouble optionalNumber(String key) {
    return optional(key, Kind.NUMBER).map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  /** True or false. */
  public boolean flag(String key) {
    return required(key, Kind.FLAG);
  }

  public boolean flag(String key, boolean fallback) {
    return optional(key, Kind.FLAG).orElse(fallback);
  }

  public Optional<Boolean> optionalFlag(String key) {
    return optional(key, Kind.FLAG);
  }

  /** A duration with its unit: {@code 30s}, {@code 5 min}, {@code 1.5h}, {@code 2 days}. */
  public Duration duration(String key) {
    return required(key, Kind.DURATION);
  }

  public Duration duration(String key, Duration fallback) {
    return optionalDuration(key).orElse(fallback);
  }

  public Optional<Duration> optionalDuration(String key) {
    return optional(key, Kind.DURATION);
  }

  /** A size in bytes: {@code 64 MiB}, {@code 10 GB}, or a whole number. */
  public long bytes(String key) {
    return required(key, Kind.BYTES);
  }

  public long bytes(String key, long fallback) {
    return optionalBytes(key).orElse(fallback);
  }

  public OptionalLong optionalBytes(String key) {
    return optional(key, Kind.BYTES).map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  /**
   * An absolute local path; a relative one starts at the folder of the file in which the key
   * stands.
   */
  public Path path(String key) {
    return required(key, Kind.PATH);
  }

  public Path path(String key, Path fallback) {
    return optionalPath(key).orElse(fallback);
  }

  public Optional<Path> optionalPath(String key) {
    return optional(key, Kind.PATH);
  }

  /** A URI such as {@code s3a://bucket/x} as it is, or else the text of {@link #path}. */
  public String location(String key) {
    return required(key, Kind.LOCATION);
  }

  public String location(String key, String fallback) {
    return optionalLocation(key).orElse(fallback);
  }

  public Optional<String> optionalLocation(String key) {
    return optional(key, Kind.LOCATION);
  }

  /** A constant of the enum, in kebab-case: {@code audio-encoder} for {@code AUDIO_ENCODER}. */
  public <E extends Enum<E>> E oneOf(String key, Class<E> type) {
    return required(key, Kind.oneOf(type));
  }

  public <E extends Enum<E>> E oneOf(String key, Class<E> type, E fallback) {
    return optionalOneOf(key, type).orElse(fallback);
  }

  public <E extends Enum<E>> Optional<E> optionalOneOf(String key, Class<E> type) {
    return optional(key, Kind.oneOf(type));
  }

  /** One of some names that are known only at run time. */
  public String oneOf(String key, Collection<String> choices) {
    return required(key, Kind.oneOf(choices));
  }

  public String oneOf(String key, Collection<String> choices, String fallback) {
    return optionalOneOf(key, choices).orElse(fallback);
  }

  public Optional<String> optionalOneOf(String key, Collection<String> choices) {
    return optional(key, Kind.oneOf(choices));
  }

  /** A list of texts. */
  public List<String> strings(String key) {
    return requiredList(key, Kind.TEXT);
  }

  public List<String> strings(String key, List<String> fallback) {
    return optionalList(key, Kind.TEXT).orElse(fallback);
  }

  /** A list of whole numbers. */
  public List<Integer> integers(String key) {
    return requiredList(key, Kind.INTEGER);
  }

  public List<Integer> integers(String key, List<Integer> fallback) {
    return optionalList(key, Kind.INTEGER).orElse(fallback);
  }

  /** A list of finite numbers. */
  public List<Double> numbers(String key) {
    return requiredList(key, Kind.NUMBER);
  }

  public List<Double> numbers(String key, List<Double> fallback) {
    return optionalList(key, Kind.NUMBER).orElse(fallback);
  }

  /** A list of URIs and paths, each as in {@link #location(String)}. */
  public List<String> locations(String key) {
    return requiredList(key, Kind.LOCATION);
  }

  public List<String> locations(String key, List<String> fallback) {
    return optionalList(key, Kind.LOCATION).orElse(fallback);
  }

  /** A list of constants of the enum, in kebab-case. */
  public <E extends Enum<E>> List<E> eachOneOf(String key, Class<E> type) {
    return requiredList(key, Kind.oneOf(type));
  }

  public <E extends Enum<E>> List<E> eachOneOf(String key, Class<E> type, List<E> fallback) {
    return optionalList(key, Kind.oneOf(type)).orElse(fallback);
  }
}
