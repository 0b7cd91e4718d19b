package org.clapperboard.app.demo;

import static org.clapperboard.app.demo.World.word;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.app.demo.Language.Turn;
import org.clapperboard.app.demo.Manifests.Row;
import org.clapperboard.app.demo.World.Colour;
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

  /** What a text is about; a run of twenty texts holds each as often as its name says here. */
  private enum Kind {
    SEEN(7),
    SEEN_DESCRIBED(4),
    HEARD(3),
    HEARD_DESCRIBED(1),
    NAMED(2),
    FITTING(3);

    private final int share;

    Kind(int share) {
      this.share = share;
    }

    static Kind of(int number) {
      int place = number % 20;
      for (Kind kind : values()) {
        if (place < kind.share) {
          return kind;
        }
        place -= kind.share;
      }
      throw new IllegalStateException("shares do not add up");
    }
  }

  /** A text with all its questions. */
  Row row(String id, int number) {
    Content content = content(Kind.of(number), number / 20);
    return new Row(id, null, null, asked(content.bag(), Draw.shuffled(content.turns(), random)));
  }

  /** A text with one of its questions. */
  Row single(String id, int number) {
    Content content = content(Kind.of(number), number / 20);
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
      case SEEN, SEEN_DESCRIBED -> {
        Sight sight = Scenes.any(shape, random.nextInt(10) < 7, random);
        List<Turn> turns =
            kind == Kind.SEEN
                ? Language.about(sight)
                : List.of(new Turn(Language.DESCRIBE_VIDEO, Language.caption(sight)));
        yield new Content(bag(sight), turns);
      }
      case HEARD, HEARD_DESCRIBED -> {
        List<Noise> noises = Scenes.noises(number % 20 < 3 ? 0 : number % 20 < 8 ? 1 : 2, random);
        List<Turn> turns =
            kind == Kind.HEARD
                ? Language.about(noises)
                : List.of(new Turn(Language.DESCRIBE_SOUND, Language.caption(noises)));
        yield new Content(bag(noises), turns);
      }
      case NAMED -> both(shape, Draw.one(Noise.values(), random), false);
      case FITTING -> both(shape, fitting(number / 4, shape), true);
    };
  }

  private Noise fitting(int number, Shape shape) {
    Noise wanted = Language.fitting(shape);
    List<Noise> others = new ArrayList<>(List.of(Noise.values()));
    others.remove(wanted);
    return number % 2 == 0 ? wanted : others.get(random.nextInt(3));
  }

  private Content both(Shape shape, Noise noise, boolean fits) {
    Sight sight = Scenes.any(shape, false, random);
    Colour colour = sight.first().colour();
    List<String> bag = new ArrayList<>(bag(sight));
    bag.addAll(bag(List.of(noise)));
    List<Turn> turns = new ArrayList<>();
    if (fits) {
      turns.add(Language.fit(shape, noise));
      turns.addAll(Language.fitScaffold(shape, noise));
    } else {
      turns.add(Language.name(shape, colour, noise));
      turns.add(Language.ask(shape, colour, noise));
      turns.add(Language.askScaffold(noise));
    }
    return new Content(bag, turns);
  }

  /** For each half every word once, then some of them again, in no order. */
  private List<String> bag(Sight sight) {
    int half = random.nextInt(4, 17);
    List<String> bag = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Segment segment = sight.segments().get(sight.two() ? i : 0);
      List<String> words =
          List.of(word(sight.shape()), word(segment.colour()), word(segment.motion()));
      List<String> part = new ArrayList<>(words);
      while (part.size() < half) {
        part.add(words.get(random.nextInt(3)));
      }
      bag.addAll(Draw.shuffled(part, random));
    }
    return bag;
  }

  /** For each half the word of what is heard, again and again. */
  private List<String> bag(List<Noise> noises) {
    int half = random.nextInt(2, 13);
    List<String> bag = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String heard = noises.isEmpty() ? "silence" : word(noises.get(i * noises.size() / 2));
      bag.addAll(Collections.nCopies(half, heard));
    }
    return bag;
  }
}
