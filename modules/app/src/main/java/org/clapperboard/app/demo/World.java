package org.clapperboard.app.demo;

import java.util.List;

/** What there is in the demo's world. The order of each list matters: rules count by it. */
@SuppressWarnings("EnumOrdinal") // The rules of the world count by the order of its lists.
final class World {
  private World() {}

  /** What a shape is. */
  enum Shape {
    RING,
    SQUARE,
    TRIANGLE,
    CROSS
  }

  /** What colour a shape has. */
  enum Colour {
    RED,
    GREEN,
    BLUE,
    YELLOW
  }

  /** Which way a shape moves. */
  enum Motion {
    LEFT,
    RIGHT,
    UP,
    DOWN
  }

  /** What is heard. */
  enum Noise {
    HUM,
    BEEP,
    SIREN,
    HISS
  }

  /**
   * Half a clip, or a whole one: what the shape looks like and where it goes.
   *
   * @param colour its colour
   * @param motion its direction
   */
  record Segment(Colour colour, Motion motion) {}

  /**
   * What is seen in a clip: one shape, in one or two segments of equal length.
   *
   * @param shape the shape
   * @param segments the first half and the second, or the whole
   */
  record Sight(Shape shape, List<Segment> segments) {
    Sight {
      segments = List.copyOf(segments);
    }

    Segment first() {
      return segments.get(0);
    }

    boolean two() {
      return segments.size() == 2;
    }
  }

  /**
   * The triples of shape, colour and motion that no training clip begins or goes on with. They are
   * few: with a rule that leaves one motion of four out for every shape and colour, a model learns
   * the rule and fails exactly there.
   */
  static boolean heldOut(Shape shape, Segment segment) {
    int s = shape.ordinal();
    return segment.colour().ordinal() == (s + 1) % 4 && segment.motion().ordinal() == (s + 2) % 4;
  }

  /** Combinations with a sound that no audio-visual training clip shows. */
  static boolean heldOut(Shape shape, Segment segment, Noise noise) {
    int sum =
        shape.ordinal() + segment.colour().ordinal() + segment.motion().ordinal() + noise.ordinal();
    return sum % 4 == 0;
  }

  /** The word for a thing of this world. */
  static String word(Enum<?> thing) {
    return thing.name().toLowerCase(java.util.Locale.ROOT);
  }
}
