package org.clapperboard.model;

import java.io.Serializable;
import org.clapperboard.config.Rules;

/**
 * How the next token is chosen.
 *
 * @param temperature scores are divided by it; 0 takes the likeliest token always
 * @param topP only the likeliest tokens that together reach this share are drawn (nucleus sampling)
 * @param seed the draws of a row are a function of it and the row's number
 */
public record Sampling(double temperature, double topP, long seed) implements Serializable {
  /** Always the likeliest token. */
  public static final Sampling GREEDY = new Sampling(0, 1, 0);

  public Sampling {
    try (Rules rules = new Rules()) {
      rules.between("temperature", temperature, 0, 100);
      rules.between("topP", topP, 0, 1);
    }
  }
}
