package org.clapperboard.app.demo;

import static org.clapperboard.app.demo.World.word;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.clapperboard.app.demo.World.Colour;
import org.clapperboard.app.demo.World.Motion;
import org.clapperboard.app.demo.World.Noise;
import org.clapperboard.app.demo.World.Segment;
import org.clapperboard.app.demo.World.Shape;
import org.clapperboard.app.demo.World.Sight;

/** The small language in which the demo asks and answers; blanks part its words. */
final class Language {
  static final String DESCRIBE_VIDEO = "describe the video .";
  static final String DESCRIBE_SOUND = "describe the sound .";
  static final String SHAPE = "what shape is it ?";
  static final String COLOUR = "what colour is the shape ?";
  static final String MOTION = "which way does the shape move ?";
  static final String SOUND = "what sound is it ?";
  static final String ANY_SOUND = "is there any sound ?";
  static final String NAME = "what do you see and hear ?";
  static final String FIT = "does the sound fit the shape ?";
  static final String ASK = "answer the sound .";
  static final String ROW = "which row is it in ?";
  static final String COLUMN = "which column is it in ?";

  private Language() {}

  /** A question and its answer. */
  record Turn(String question, String answer) {}

  /** Every word there is, in the order of their ids, after the special tokens. */
  static List<String> words() {
    Set<String> words = new LinkedHashSet<>(List.of("user", "assistant"));
    for (String text :
        List.of(
            DESCRIBE_VIDEO,
            DESCRIBE_SOUND,
            SHAPE,
            COLOUR,
            MOTION,
            SOUND,
            ANY_SOUND,
            NAME,
            FIT,
            ASK,
            ROW,
            COLUMN,
            "first last a moves then silence yes no what sound fits the shape ? what shape fits the sound ?",
            "what does the sound ask for ? one two three four and of picture clip while during")) {
      words.addAll(List.of(text.split(" ", -1)));
    }
    for (Enum<?>[] kind :
        List.<Enum<?>[]>of(Shape.values(), Colour.values(), Motion.values(), Noise.values())) {
      for (Enum<?> thing : kind) {
        words.add(word(thing));
      }
    }
    return List.copyOf(words);
  }

  static String caption(Sight sight) {
    List<String> parts = new ArrayList<>();
    for (Segment segment : sight.segments()) {
      parts.add(
          "a "
              + word(segment.colour())
              + " "
              + word(sight.shape())
              + " moves "
              + word(segment.motion()));
    }
    return String.join(" then ", parts);
  }

  static String caption(List<Noise> noises) {
    if (noises.isEmpty()) {
      return "silence";
    }
    return String.join(" then ", noises.stream().map(noise -> "a " + word(noise)).toList());
  }

  /** All questions about what is seen. */
  static List<Turn> about(Sight sight) {
    List<Turn> turns = new ArrayList<>();
    turns.add(new Turn(SHAPE, word(sight.shape())));
    if (!sight.two()) {
      turns.add(new Turn(COLOUR, word(sight.first().colour())));
      turns.add(new Turn(MOTION, word(sight.first().motion())));
      return turns;
    }
    for (int i = 0; i < 2; i++) {
      Segment segment = sight.segments().get(i);
      turns.add(new Turn(ordered(COLOUR, i), word(segment.colour())));
      turns.add(new Turn(ordered(MOTION, i), word(segment.motion())));
    }
    return turns;
  }

  /** All questions about what is heard. */
  static List<Turn> about(List<Noise> noises) {
    List<Turn> turns = new ArrayList<>();
    turns.add(new Turn(ANY_SOUND, noises.isEmpty() ? "no" : "yes"));
    if (noises.size() == 1) {
      turns.add(new Turn(SOUND, word(noises.get(0))));
    } else if (noises.size() == 2) {
      turns.add(new Turn(ordered(SOUND, 0), word(noises.get(0))));
      turns.add(new Turn(ordered(SOUND, 1), word(noises.get(1))));
    }
    return turns;
  }

  private static String ordered(String question, int which) {
    return question.replace(" ?", which == 0 ? " first ?" : " last ?");
  }

  /** To name all three: shape and colour are seen, the sound is heard. */
  static Turn name(Shape shape, Colour colour, Noise noise) {
    return new Turn(NAME, word(colour) + " " + word(shape) + " " + word(noise));
  }

  /** Each shape has one sound that fits it. */
  static Turn fit(Shape shape, Noise noise) {
    return new Turn(FIT, fitting(shape) == noise ? "yes" : "no");
  }

  static Noise fitting(Shape shape) {
    return switch (shape) {
      case RING -> Noise.HUM;
      case SQUARE -> Noise.BEEP;
      case TRIANGLE -> Noise.SIREN;
      case CROSS -> Noise.HISS;
    };
  }

  private static Shape fitting(Noise noise) {
    return switch (noise) {
      case HUM -> Shape.RING;
      case BEEP -> Shape.SQUARE;
      case SIREN -> Shape.TRIANGLE;
      case HISS -> Shape.CROSS;
    };
  }

  /** A table look-up without which fitting is not learned. */
  static Turn soundThatFits(Shape shape) {
    return new Turn("what sound fits the shape ?", word(fitting(shape)));
  }

  /** The other way round. */
  static Turn shapeThatFits(Noise noise) {
    return new Turn("what shape fits the sound ?", word(fitting(noise)));
  }

  /** A hum or a siren asks for the colour, a beep or a hiss for the shape. */
  static Turn ask(Shape shape, Colour colour, Noise noise) {
    return new Turn(ASK, asksForColour(noise) ? word(colour) : word(shape));
  }

  static Turn askScaffold(Noise noise) {
    return new Turn("what does the sound ask for ?", asksForColour(noise) ? "colour" : "shape");
  }

  private static boolean asksForColour(Noise noise) {
    return noise == Noise.HUM || noise == Noise.SIREN;
  }
}
