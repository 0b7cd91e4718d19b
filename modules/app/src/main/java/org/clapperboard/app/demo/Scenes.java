package org.clapperboard.app.demo;

import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.app.demo.World.Colour;
import org.clapperboard.app.demo.World.Motion;
import org.clapperboard.app.demo.World.Noise;
import org.clapperboard.app.demo.World.Segment;
import org.clapperboard.app.demo.World.Shape;
import org.clapperboard.app.demo.World.Sight;

/** What is seen and heard in each clip, by the rules of what training may not show. */
final class Scenes {
  private Scenes() {}

  /** A training clip: no held-out triple in any segment. Shapes take turns. */
  static Sight training(int number, boolean two, SplittableRandom random) {
    Shape shape = Draw.nth(Shape.values(), number);
    while (true) {
      Sight sight = any(shape, two, random);
      if (sight.segments().stream().noneMatch(segment -> World.heldOut(shape, segment))) {
        return sight;
      }
    }
  }

  /** A test clip; every second one begins with a held-out triple. */
  static Sight test(int number, boolean two, SplittableRandom random) {
    Shape shape = Draw.nth(Shape.values(), number / 2);
    while (true) {
      Sight sight = any(shape, two, random);
      if (number % 2 == 0 || World.heldOut(shape, sight.first())) {
        return sight;
      }
    }
  }

  /** Anything, as texts may have it. */
  static Sight any(Shape shape, boolean two, SplittableRandom random) {
    if (!two) {
      return new Sight(
          shape,
          List.of(
              new Segment(Draw.one(Colour.values(), random), Draw.one(Motion.values(), random))));
    }
    List<Colour> colours = Draw.two(Colour.values(), random);
    List<Motion> motions = Draw.two(Motion.values(), random);
    return new Sight(
        shape,
        List.of(
            new Segment(colours.get(0), motions.get(0)),
            new Segment(colours.get(1), motions.get(1))));
  }

  /** A sound of so many noises in turn. */
  static List<Noise> noises(int count, SplittableRandom random) {
    return switch (count) {
      case 0 -> List.of();
      case 1 -> List.of(Draw.one(Noise.values(), random));
      default -> Draw.two(Noise.values(), random);
    };
  }

  /** One segment with one sound, as training may show it. */
  static Sight audioVisual(Shape shape, Noise noise, SplittableRandom random) {
    while (true) {
      Sight sight = any(shape, false, random);
      if (!World.heldOut(shape, sight.first()) && !World.heldOut(shape, sight.first(), noise)) {
        return sight;
      }
    }
  }

  /** One segment with one sound for a test; every second one was never shown together. */
  static Sight audioVisualTest(int number, Shape shape, Noise noise, SplittableRandom random) {
    while (true) {
      Sight sight = any(shape, false, random);
      if (number % 2 == 0 || World.heldOut(shape, sight.first(), noise)) {
        return sight;
      }
    }
  }
}
