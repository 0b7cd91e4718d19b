package org.clapperboard.app.demo;

import static org.clapperboard.app.demo.World.word;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.clapperboard.app.demo.Language.Turn;
import org.clapperboard.app.demo.Manifests.Row;
import org.clapperboard.app.demo.World.Noise;
import org.clapperboard.app.demo.World.Segment;
import org.clapperboard.app.demo.World.Shape;
import org.clapperboard.app.demo.World.Sight;

/**
 * Texts from which the language model's foundation learns the demo's language: a bag of words that
 * stands where a clip's or a sound's vectors will stand later, then questions about it.
 */
final class Texts {
  private final SplittableRandom random;

  Texts(SplittableRandom random) {
    this.random = random;
  }

  private static final int RUN = 50;

  /** What a text is about; a run of fifty texts holds each as often as its name says here. */
  private enum Kind {
    SEEN(25),
    SEEN_DESCRIBED(5),
    HEARD(11),
    HEARD_DESCRIBED(2),
    FITTING(7);

    private final int share;

    Kind(int share) {
      this.share = share;
    }

    static Kind of(int number) {
      int place = number % RUN;
      for (Kind kind : values()) {
        if (place < kind.share) {
          return kind;
        }
        place -= kind.share;
      }
      throw new IllegalStateException("shares do not add up");
    }
  }

  /** A text with several questions. */
  Row row(String id, int number) {
    Content content = content(Kind.of(number), number);
    return new Row(id, null, null, asked(content.bag(), Draw.shuffled(content.turns(), random)));
  }

  /** A text with one of its questions. */
  Row single(String id, int number) {
    Content content = content(Kind.of(number), number);
    Turn one = content.turns().get(random.nextInt(content.turns().size()));
    return new Row(id, null, null, asked(content.bag(), List.of(one)));
  }

  private record Content(List<String> bag, List<Turn> turns) {}

  private static List<Turn> asked(List<String> bag, List<Turn> turns) {
    List<Turn> asked = new ArrayList<>(turns);
    Turn first = asked.get(0);
    asked.set(0, new Turn(String.join(" ", bag) + " " + first.question(), first.answer()));
    return asked;
  }

  private Content content(Kind kind, int number) {
    Shape shape = Draw.nth(Shape.values(), number);
    return switch (kind) {
      case SEEN -> {
        Sight sight = Scenes.any(shape, sometimes(7), random);
        List<Turn> turns = new ArrayList<>(oneOfEachPair(Language.about(sight)));
        if (sometimes(2)) {
          turns.add(Language.soundThatFits(shape));
        }
        yield new Content(bag(sight, seenHalf()), turns);
      }
      case SEEN_DESCRIBED -> {
        Sight sight = Scenes.any(shape, sometimes(7), random);
        Turn turn = new Turn(Language.DESCRIBE_VIDEO, Language.caption(sight));
        yield new Content(bag(sight, seenHalf()), List.of(turn));
      }
      case HEARD -> {
        List<Noise> noises = someNoises();
        List<Turn> turns = new ArrayList<>(oneOfEachPair(Language.about(noises)));
        if (noises.size() == 1 && sometimes(6)) {
          turns.add(Language.shapeThatFits(noises.get(0)));
          turns.add(Language.askScaffold(noises.get(0)));
        }
        yield new Content(bag(noises, heardHalf()), turns);
      }
      case HEARD_DESCRIBED -> {
        List<Noise> noises = someNoises();
        Turn turn = new Turn(Language.DESCRIBE_SOUND, Language.caption(noises));
        yield new Content(bag(noises, heardHalf()), List.of(turn));
      }
      case FITTING -> fitting(shape, number / RUN % 2 == number % 2);
    };
  }

  private Content fitting(Shape shape, boolean fits) {
    Noise noise = Language.fitting(shape);
    if (!fits) {
      List<Noise> others = new ArrayList<>(List.of(Noise.values()));
      others.remove(noise);
      noise = Draw.one(others.toArray(Noise[]::new), random);
    }
    List<String> bag = new ArrayList<>(bag(Scenes.any(shape, false, random), 0));
    bag.addAll(bag(List.of(noise), random.nextInt(2, 13)));
    return new Content(
        bag,
        List.of(
            Language.fit(shape, noise),
            Language.soundThatFits(shape),
            Language.shapeThatFits(noise)));
  }

  private boolean sometimes(int ofTen) {
    return random.nextInt(10) < ofTen;
  }

  private List<Noise> someNoises() {
    int place = random.nextInt(20);
    return Scenes.noises(place < 3 ? 0 : place < 8 ? 1 : 2, random);
  }

  /**
   * Of questions about first and last one each: both in one text would let the second answer lean
   * on the first, and what comes first is what is hard to learn.
   */
  private List<Turn> oneOfEachPair(List<Turn> turns) {
    Map<String, List<Turn>> alike = new LinkedHashMap<>();
    for (Turn turn : turns) {
      String asked = turn.question().replaceFirst(" (first|last) ", " ");
      alike.computeIfAbsent(asked, key -> new ArrayList<>()).add(turn);
    }
    return alike.values().stream().map(pair -> pair.get(random.nextInt(pair.size()))).toList();
  }

  /** Words in each half of a bag: as many as a clip has vectors, or few (0) as in a caption. */
  private int seenHalf() {
    int place = random.nextInt(4);
    return place == 0 ? 0 : place == 1 ? 16 : 8;
  }

  private int heardHalf() {
    return random.nextInt(4) == 0 ? 24 : random.nextInt(2, 13);
  }

  /** For each half every word once, then some of them again, in no order. */
  private List<String> bag(Sight sight, int half) {
    List<String> bag = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Segment segment = sight.segments().get(sight.two() ? i : 0);
      List<String> words =
          List.of(word(sight.shape()), word(segment.colour()), word(segment.motion()));
      List<String> part = new ArrayList<>(words);
      int size = half == 0 ? random.nextInt(4, 7) : half;
      while (part.size() < size) {
        part.add(words.get(random.nextInt(3)));
      }
      bag.addAll(Draw.shuffled(part, random));
    }
    return bag;
  }

  /** For each half the word of what is heard, again and again. */
  private static List<String> bag(List<Noise> noises, int half) {
    List<String> bag = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String heard = noises.isEmpty() ? "silence" : word(noises.get(i * noises.size() / 2));
      bag.addAll(Collections.nCopies(half, heard));
    }
    return bag;
  }
}
