package org.clapperboard.eval.benchmark;

import java.io.Serializable;

/**
 * An answer that was marked.
 *
 * @param question what was asked
 * @param extracted what the answer says
 * @param mark whether that is right
 */
public record Marked(Question question, Extracted extracted, Mark mark) implements Serializable {}
