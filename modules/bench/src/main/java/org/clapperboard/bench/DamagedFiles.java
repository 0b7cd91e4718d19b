package org.clapperboard.bench;

import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.bench.Originals.Original;

/**
 * Any number of damaged files. The same seed and number always give the same file, whatever other
 * files were made before, so that one that was bad can be made again.
 *
 * @param originals what is damaged
 * @param seed of all damage
 */
record DamagedFiles(Originals originals, long seed) {

  /** What a file is meant to be; they take turns. */
  enum Kind {
    VIDEO("audio-visual"),
    PICTURE("image"),
    SOUND("audio");

    /** What recipes call it. */
    final String modality;

    Kind(String modality) {
      this.modality = modality;
    }

    static Kind of(int number) {
      return values()[number % values().length];
    }
  }

  /** A file; the first of each kind is a sound one. */
  Original file(int number) {
    List<Original> own =
        switch (Kind.of(number)) {
          case VIDEO -> originals.videos();
          case PICTURE -> originals.pictures();
          case SOUND -> originals.sounds();
        };
    if (number < Kind.values().length) {
      return own.get(0);
    }
    SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + number);
    // One in four is of any kind, such as a sound where a picture is expected.
    List<Original> some = random.nextInt(4) == 0 ? originals.all() : own;
    Original original = some.get(random.nextInt(some.size()));
    byte[] damaged = new Mutations(random).of(original.bytes(), own.get(0).bytes());
    return new Original(original.name(), damaged);
  }
}
