package org.clapperboard.data;

import java.io.Serializable;

/**
 * A question and its answer.
 *
 * @param question what is asked, without placeholders for media
 * @param answer what should be answered
 */
public record Exchange(String question, String answer) implements Serializable {}
