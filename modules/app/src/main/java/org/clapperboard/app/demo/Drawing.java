package org.clapperboard.app.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.app.demo.World.Colour;
import org.clapperboard.app.demo.World.Motion;
import org.clapperboard.app.demo.World.Segment;
import org.clapperboard.app.demo.World.Shape;
import org.clapperboard.app.demo.World.Sight;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Draws clips and stills. Lengths are in units of a 56th of the picture's side, whatever its size
 * in pixels.
 */
final class Drawing {
  static final int FRAMES = 16;
  private static final double SIDE = 56;
  private static final double NEAREST = 11.5;
  private static final double FARTHEST = SIDE - NEAREST;
  private static final float[] GRAIN = grain();

  private final int size;
  private final SplittableRandom random;

  /** A drawing hand; what is not asked for is left to chance. */
  Drawing(int size, SplittableRandom random) {
    this.size = size;
    this.random = random;
  }

  /** The frames of a clip of one second. */
  List<RgbImage> clip(Sight sight) {
    double[][] path = path(sight.segments());
    double radius = random.nextDouble(9.5, 11.5);
    Background background = new Background();
    List<double[]> colours = new ArrayList<>();
    sight.segments().forEach(segment -> colours.add(jittered(segment.colour())));
    List<RgbImage> frames = new ArrayList<>();
    for (int frame = 0; frame < FRAMES; frame++) {
      double[] colour = colours.get(sight.two() && frame >= FRAMES / 2 ? 1 : 0);
      frames.add(frame(background, sight.shape(), colour, radius, path[0][frame], path[1][frame]));
    }
    return frames;
  }

  /** A still picture; the centre is told in units. */
  RgbImage still(Shape shape, Colour colour, double x, double y) {
    double radius = random.nextDouble(9.5, 11.5);
    return frame(new Background(), shape, jittered(colour), radius, x, y);
  }

  /** A centre that leaves the whole shape in the picture. */
  double place() {
    return random.nextDouble(NEAREST, FARTHEST);
  }

  /** Which of four equal parts of the reachable range a coordinate lies in. */
  static int quarter(double coordinate) {
    return (int) Math.min(3, (coordinate - NEAREST) / (FARTHEST - NEAREST) * 4);
  }

  /** Centres of the shape in every frame, x then y. */
  private double[][] path(List<Segment> segments) {
    double speed =
        segments.size() == 2 ? random.nextDouble(2.6, 3.1) : random.nextDouble(1.7, 2.15);
    double[] x = new double[FRAMES];
    double[] y = new double[FRAMES];
    for (int frame = 1; frame < FRAMES; frame++) {
      Motion motion = segments.get(segments.size() == 2 && frame > FRAMES / 2 - 1 ? 1 : 0).motion();
      x[frame] =
          x[frame - 1] + speed * (motion == Motion.RIGHT ? 1 : motion == Motion.LEFT ? -1 : 0);
      y[frame] = y[frame - 1] + speed * (motion == Motion.DOWN ? 1 : motion == Motion.UP ? -1 : 0);
    }
    return new double[][] {moved(x), moved(y)};
  }

  /** Moves a path so that it stays in reach; one that is too long keeps its middle there. */
  private double[] moved(double[] path) {
    double least = java.util.Arrays.stream(path).min().orElse(0);
    double most = java.util.Arrays.stream(path).max().orElse(0);
    double low = NEAREST - least;
    double high = FARTHEST - most;
    double start = random.nextDouble(Math.min(low, high), Math.max(low, high) + 1e-9);
    double[] result = path.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] += start;
    }
    return result;
  }

  private RgbImage frame(
      Background background, Shape shape, double[] colour, double radius, double x, double y) {
    float[] ground = background.pixels();
    byte[] rgb = new byte[ground.length];
    int grain = random.nextInt(GRAIN.length);
    plain(rgb, ground, grain);
    double unit = SIDE / size;
    for (int row = 0; row < size; row++) {
      double dy = (row + 0.5) * unit - y;
      for (int column = 0; Math.abs(dy) <= 1.2 * radius && column < size; column++) {
        double dx = (column + 0.5) * unit - x;
        double cover = Math.abs(dx) <= 1.2 * radius ? cover(shape, radius, dx, dy) : 0;
        for (int channel = 0; cover > 0 && channel < 3; channel++) {
          int at = 3 * (row * size + column) + channel;
          double value = ground[at] + cover * (colour[channel] - ground[at]);
          rgb[at] = rounded(value + GRAIN[(grain + at) % GRAIN.length]);
        }
      }
    }
    return new RgbImage(size, size, rgb);
  }

  /** The ground alone, as all but the shape is. */
  private static void plain(byte[] rgb, float[] ground, int firstGrain) {
    float[] noise = GRAIN;
    int grain = firstGrain;
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = rounded((double) ground[i] + noise[grain]);
      grain++;
      if (grain == noise.length) {
        grain = 0;
      }
    }
  }

  /** To the nearest byte. Not by Math.round, which takes as long as all else of a value. */
  private static byte rounded(double value) {
    return value <= 0 ? 0 : value >= 255 ? (byte) 255 : (byte) (int) (value + 0.5);
  }

  /** How much of a pixel the shape covers; its edge is as soft as half of one in 56. */
  private static double cover(Shape shape, double radius, double dx, double dy) {
    return Math.max(0, Math.min(1, 0.5 - distance(shape, radius, dx, dy)));
  }

  /** Signed distance from the outline, below 0 inside. */
  static double distance(Shape shape, double radius, double dx, double dy) {
    double x = Math.abs(dx);
    double y = Math.abs(dy);
    double arm = 0.36 * radius;
    return switch (shape) {
      case RING -> Math.abs(Math.hypot(dx, dy) - 0.72 * radius) - 0.28 * radius;
      case SQUARE -> Math.max(x, y) - 0.95 * radius;
      case TRIANGLE -> Math.max(dy - 0.8 * radius, (2 * x - (dy + 1.1 * radius)) / Math.sqrt(5));
      case CROSS -> Math.min(Math.max(x - arm, y - radius), Math.max(x - radius, y - arm));
    };
  }

  private double[] jittered(Colour colour) {
    int[] base =
        switch (colour) {
          case RED -> new int[] {210, 40, 40};
          case GREEN -> new int[] {40, 180, 60};
          case BLUE -> new int[] {50, 80, 220};
          case YELLOW -> new int[] {230, 210, 40};
        };
    double[] jittered = new double[3];
    for (int channel = 0; channel < 3; channel++) {
      jittered[channel] = base[channel] + random.nextDouble(-18, 18);
    }
    return jittered;
  }

  /** Noise of standard deviation 4, drawn once: frames begin at different places in it. */
  private static float[] grain() {
    SplittableRandom fixed = new SplittableRandom(4);
    float[] grain = new float[100_003];
    for (int i = 0; i < grain.length; i++) {
      // A sum of three uniform numbers is normal enough.
      double sum = fixed.nextDouble() + fixed.nextDouble() + fixed.nextDouble() - 1.5;
      grain[i] = (float) (8 * sum);
    }
    return grain;
  }

  /** A grey ground: plain, sloping, or with waves. */
  private final class Background {
    private final double[] grey = new double[3];
    private final double slopeX;
    private final double slopeY;
    private final double wave;
    private final double waveX;
    private final double waveY;
    private final double phase;
    private float[] pixels;

    Background() {
      double base = random.nextDouble(20, 110);
      for (int channel = 0; channel < 3; channel++) {
        grey[channel] = base + random.nextDouble(-12, 12);
      }
      int texture = random.nextInt(3);
      slopeX = texture == 1 ? random.nextDouble(-25, 25) : 0;
      slopeY = texture == 1 ? random.nextDouble(-25, 25) : 0;
      wave = texture == 2 ? random.nextDouble(4, 12) : 0;
      waveX = random.nextDouble(0.3, 0.9);
      waveY = random.nextDouble(0.3, 0.9);
      phase = random.nextDouble(0, 2 * Math.PI);
    }

    /** Its values, three for each pixel; the same in every frame of a clip. */
    float[] pixels() {
      if (pixels != null) {
        return pixels;
      }
      pixels = new float[3 * size * size];
      double half = SIDE / 2;
      for (int i = 0; i < size * size; i++) {
        int row = i / size;
        double x = (i % size + 0.5) * SIDE / size;
        double y = (row + 0.5) * SIDE / size;
        double slope = slopeX * (x - half) / half + slopeY * (y - half) / half;
        double texture = slope + wave * Math.sin(waveX * x + waveY * y + phase);
        for (int channel = 0; channel < 3; channel++) {
          pixels[3 * i + channel] = (float) (grey[channel] + texture);
        }
      }
      return pixels;
    }
  }
}
