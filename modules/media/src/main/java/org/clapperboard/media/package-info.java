/**
 * Opens a picture, video or sound file under limits; returns frames, samples and filter banks as
 * plain buffers, or a typed reason why not.
 */
package org.clapperboard.media;
