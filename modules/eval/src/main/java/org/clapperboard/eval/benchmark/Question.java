package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * One question of a set.
 *
 * @param set the set
 * @param id its name in the set
 * @param prompt what the model is asked, without placeholders for media
 * @param options texts to choose from, without letters; empty for open questions
 * @param references right answers; empty where a server scores
 * @param facts what else is known of it
 */
public record Question(
    String set,
    String id,
    String prompt,
    List<String> options,
    List<String> references,
    Map<String, String> facts)
    implements Serializable {

  public Question {
    options = List.copyOf(options);
    references = List.copyOf(references);
    facts = Map.copyOf(facts);
  }
}
