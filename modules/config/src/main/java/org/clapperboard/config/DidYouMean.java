package org.clapperboard.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Guesses which known name a mistyped one stands for. */
public final class DidYouMean {
  private DidYouMean() {}

  /**
   * The known name with the fewest differing letters, the first of equals; empty when none is near.
   *
   * <p>Near is one letter in names of two or three, two in names of up to eight, else three. Case
   * does not count, nor whether words are joined by hyphens, underscores or capitals.
   */
  public static Optional<String> closest(String given, Collection<String> known) {
    String plain = plain(given);
    String best = null;
    int fewest = Integer.MAX_VALUE;
    for (String name : known) {
      int length = Math.max(plain.length(), name.length());
      int near = length <= 1 ? 0 : length <= 3 ? 1 : length <= 8 ? 2 : 3;
      int letters = new LevenshteinDistance(near).apply(plain, plain(name));
      if (letters >= 0 && letters < fewest) {
        best = name;
        fewest = letters;
      }
    }
    return Optional.ofNullable(best);
  }

  /** {@code Did you mean "lr"?}, or an empty text when no known name is near. */
  public static String advice(String given, Collection<String> known) {
    return closest(given, known).map(name -> "Did you mean \"" + name + "\"?").orElse("");
  }

  private static String plain(String name) {
    return Wording.kebab(name).toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
