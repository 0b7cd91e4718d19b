/**
 * Arithmetic on sound, in plain Java: the Kaldi filter bank, resampling by Fourier transform, and
 * the rules by which a sound of any length becomes the audio encoder's input.
 */
package org.clapperboard.media.sound;
