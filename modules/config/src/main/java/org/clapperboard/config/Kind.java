package org.clapperboard.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A kind of scalar: what it is called, how it is read, and what stands in for a wrong one.
 *
 * @param conversion throws ConfigException, IllegalArgumentException or ArithmeticException when
 *     the value is of another kind
 * @param placeholder is never seen by a caller that gets its record, since the problem is thrown
 * @param choices the values to suggest from, if there are few
 */
record Kind<T>(
    String expected, Function<ConfigValue, T> conversion, T placeholder, List<String> choices) {

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  static final Kind<String> TEXT = new Kind<>("text", Wording::text, "");
  static final Kind<Integer> INTEGER =
      new Kind<>("a whole number", value -> decimal(value).intValueExact(), 1);
  static final Kind<Long> LONG =
      new Kind<>("a whole number", value -> decimal(value).longValueExact(), 1L);
  static final Kind<Double> NUMBER = new Kind<>("a number", Kind::number, 1.0);
  static final Kind<Boolean> FLAG = new Kind<>("true or false", Kind::flag, false);
  static final Kind<Duration> DURATION =
      new Kind<>("a duration such as 30s or 5 min", Kind::duration, Duration.ofSeconds(1));
  static final Kind<Long> BYTES =
      new Kind<>("a size in bytes such as 64 MiB", value -> bytes(value), 1L);
  static final Kind<String> LOCATION = new Kind<>("a path or a URI", Kind::location, "");
  static final Kind<Path> PATH = new Kind<>("a local path", Kind::path, Path.of(""));

  private Kind(String expected, Function<ConfigValue, T> conversion, T placeholder) {
    this(expected, conversion, placeholder, List.of());
  }

  /** One of an enum's constants, written in kebab-case. */
  static <E extends Enum<E>> Kind<E> oneOf(Class<E> type) {
    E[] constants = type.getEnumConstants();
    List<String> names = Stream.of(constants).map(Wording::constant).toList();
    return new Kind<>(
        Wording.choices(names), value -> constants[known(names, value)], constants[0], names);
  }

  /** One of some names. */
  static Kind<String> oneOf(Collection<String> choices) {
    List<String> names = List.copyOf(choices);
    return new Kind<>(Wording.choices(names), value -> names.get(known(names, value)), "", names);
  }

  /** The value as this kind, or empty when it is of another. */
  Optional<T> of(ConfigValue value) {
    try {
      boolean isNull = value.valueType() == ConfigValueType.NULL;
      return isNull ? Optional.empty() : Optional.of(conversion.apply(value));
    } catch (ConfigException | IllegalArgumentException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** What a list of this kind is called. */
  String listOf() {
    return "a list, each item " + expected;
  }

  String advice(ConfigValue wrong) {
    return wrong.valueType() == ConfigValueType.STRING
        ? DidYouMean.advice(Wording.text(wrong), choices)
        : "";
  }

  private static int known(List<String> names, ConfigValue value) {
    int index = names.indexOf(Wording.text(value));
    if (index < 0) {
      throw new IllegalArgumentException("not among " + names);
    }
    return index;
  }

  private static BigDecimal decimal(ConfigValue value) {
    return new BigDecimal(Wording.text(value));
  }

  private static double number(ConfigValue value) {
    double number = decimal(value).doubleValue();
    if (!Double.isFinite(number)) {
      throw new ArithmeticException("too large");
    }
    return number;
  }

  private static boolean flag(ConfigValue value) {
    return switch (Wording.text(value)) {
      case "true", "True", "TRUE" -> true;
      case "false", "False", "FALSE" -> false;
      default -> throw new IllegalArgumentException("not a flag");
    };
  }

  /** Typesafe takes a bare number for milliseconds and does not know "min"; we want a unit. */
  private static Duration duration(ConfigValue value) {
    String text = Wording.text(value).strip();
    if (text.isEmpty() || !Character.isLetter(text.charAt(text.length() - 1))) {
      throw new IllegalArgumentException("no unit");
    }
    String known = text.replaceFirst("(?<=\\d) *min$", "m");
    return ConfigValueFactory.fromAnyRef(known).atKey("value").getDuration("value");
  }

  private static long bytes(ConfigValue value) {
    long bytes = value.atKey("value").getBytes("value");
    if (bytes < 0 || value.unwrapped() instanceof Double) {
      throw new IllegalArgumentException("not a size");
    }
    return bytes;
  }

  private static String location(ConfigValue value) {
    String text = Wording.text(value);
    if (text.isBlank()) {
      throw new IllegalArgumentException("no path");
    }
    if (SCHEME.matcher(text).matches()) {
      return text;
    }
    String file = value.origin().filename();
    Path path = file == null ? Path.of(text) : Path.of(file).resolveSibling(text);
    return path.toAbsolutePath().normalize().toString();
  }

  private static Path path(ConfigValue value) {
    String location = location(value);
    return location.startsWith("file:/") ? Path.of(URI.create(location)) : local(location);
  }

  private static Path local(String location) {
    if (SCHEME.matcher(location).matches()) {
      throw new IllegalArgumentException("not local");
    }
    return Path.of(location);
  }
}
