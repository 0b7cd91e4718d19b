/**
 * Judges: what says whether a free answer is right, and how good it is. One asks a language model
 * behind an HTTP endpoint, one compares texts without any network.
 */
package org.clapperboard.eval.judge;
