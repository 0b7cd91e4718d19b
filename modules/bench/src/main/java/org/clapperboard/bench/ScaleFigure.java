package org.clapperboard.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a simulation of many ranks starts from, in the units that people say it in. */
enum ScaleFigure {
  /** Operations of a rank with float32. */
  FP32("TFLOP/s of a rank", 1e12, 47, "assumed: 70 % of an H100's 67, without TF32"),
  /** Operations of a rank with bfloat16. */
  BF16("TFLOP/s of a rank", 1e12, 396, "assumed: 40 % of an H100's 989"),
  /** The network of a host. */
  LINK("GB/s of a host, each way", 1e9, 50, "assumed: 400 Gbit/s"),
  /** Ranks of the same host. */
  LOOPBACK("GB/s that a rank sends within its host", 1e9, 0.78, Taken.HERE),
  /** The processor's share in an exchange. */
  CPU_PER_GB("s of a processor per GB sent, received and added", 1e-9, 0.58, Taken.HERE),
  /** One message. */
  LATENCY("µs a message", 1e-6, 50, "assumed: TCP between hosts"),
  /** Where checkpoints go. */
  STORE("GB/s that a rank writes", 1e9, 0.5, "assumed: an object store"),
  /** The same for all. */
  STORE_OF_ALL("GB/s that all ranks write together", 1e9, 20, "assumed: an object store"),
  /** Reading data. */
  FRAME("ms to decode a frame", 1e-3, 1.7, "measured: JPEG of quality 95, README, 2026-11-23"),
  /** How unlike ranks are. */
  JITTER("% deviation of a rank's time to compute", 1e-2, 3, "assumed");

  /** Where what is measured was measured. */
  private static final class Taken {
    static final String HERE =
        "measured: 2 ranks, 64 MiB, 2 shared cores of a Xeon with AVX-512, median of 4 runs,"
            + " 2026-11-28";
  }

  private final String unit;
  private final double factor;
  private final double usual;
  private final String source;

  ScaleFigure(String unit, double factor, double usual, String source) {
    this.unit = unit;
    this.factor = factor;
    this.usual = usual;
    this.source = source;
  }

  /**
   * A figure and where it is from.
   *
   * @param figure which
   * @param number in its own unit
   * @param source a few words
   */
  record Value(ScaleFigure figure, double number, String source) {
    /** In bytes, seconds and operations. */
    double plain() {
      return number * figure.factor;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%s %s %s (%s)", figure.key(), shown(number), figure.unit, source);
    }
  }

  /** The figure of that name, if there is one. */
  static Optional<ScaleFigure> of(String key) {
    return Arrays.stream(values()).filter(figure -> figure.key().equals(key)).findFirst();
  }

  /** All names. */
  static String keys() {
    return Arrays.stream(values()).map(ScaleFigure::key).collect(Collectors.joining(", "));
  }

  /** Whether it can be this number: what others are divided by is not 0. */
  boolean allows(double number) {
    return Double.isFinite(number) && (isRate() ? number > 0 : number >= 0);
  }

  /** What {@link #allows} wants, in words. */
  String range() {
    return isRate() ? "a number above 0" : "a number from 0";
  }

  private boolean isRate() {
    return switch (this) {
      case FP32, BF16, LINK, LOOPBACK, STORE, STORE_OF_ALL -> true;
      case CPU_PER_GB, LATENCY, FRAME, JITTER -> false;
    };
  }

  /** Its name in options and JSON. */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it is unless somebody says or measures otherwise. */
  Value unasked() {
    return new Value(this, usual, source);
  }

  static String shown(double number) {
    String digits = String.format(Locale.ROOT, number >= 100 ? "%.0f" : "%.3g", number);
    return digits.contains(".") ? digits.replaceFirst("\\.?0+$", "") : digits;
  }
}
