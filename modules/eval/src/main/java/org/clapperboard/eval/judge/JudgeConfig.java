package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.eval.judge.OfflineJudge.Likeness;

/** Who judges: {@code kind: offline} or {@code kind: endpoint}, with what each needs. */
public sealed interface JudgeConfig extends Serializable
    permits JudgeConfig.Offline, EndpointConfig {

  /** Kinds of judges. */
  enum Kind {
    /** {@link OfflineJudge}. */
    OFFLINE,
    /** {@link EndpointJudge}. */
    ENDPOINT
  }

  /**
   * A judge that needs no network.
   *
   * @param likeness what texts are compared by
   * @param threshold likeness from which an answer is right
   */
  record Offline(Likeness likeness, double threshold) implements JudgeConfig {

    public Offline {
      try (Rules rules = new Rules()) {
        rules.positive("threshold", threshold);
        rules.atMost("threshold", threshold, 1);
      }
    }

    @Override
    public Judge open(Configuration hadoop, UnaryOperator<String> environment) {
      return new OfflineJudge(likeness, threshold);
    }
  }

  /**
   * Reads a {@code judge} section.
   *
   * @param cache where replies are kept unless the section says it
   */
  static JudgeConfig read(Section section, String cache) {
    return switch (section.oneOf("kind", Kind.class)) {
      case OFFLINE ->
          section.build(
              () ->
                  new Offline(
                      section.oneOf("likeness", Likeness.class, Likeness.NORMALISED),
                      section.number("threshold", 0.5)));
      case ENDPOINT -> EndpointConfig.read(section, cache);
    };
  }

  /**
   * The judge, to be closed.
   *
   * @param environment the environment's variables by name, null for those that are not set; the
   *     only place where a key comes from
   * @throws org.clapperboard.config.BadConfig if the key is not there
   */
  Judge open(Configuration hadoop, UnaryOperator<String> environment);
}
