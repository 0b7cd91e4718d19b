package org.clapperboard.serve;

import org.clapperboard.media.Clip;
import org.clapperboard.model.prompt.Placeholder;

/**
 * Something a message shows.
 *
 * @param kind what it is
 * @param reference a path or file URI, or null
 * @param base64 the file itself, or null
 * @param within the part of it that is shown
 * @param mute whether the sound of a video is left out
 * @param place of the part in the request, for messages
 */
record MediaPart(
    Placeholder kind, String reference, String base64, Clip within, boolean mute, String place) {}
