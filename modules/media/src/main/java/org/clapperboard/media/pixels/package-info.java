/**
 * Arithmetic on pictures, in plain Java: the resize of Pillow bit by bit, and the two recipes that
 * bring a picture to the vision encoder.
 */
package org.clapperboard.media.pixels;
