package org.clapperboard.media;

import java.io.Serializable;
import java.util.Set;

/**
 * What one call found and did; as far as it got where the file was rejected.
 *
 * @param strategy how the frames were reached
 * @param framesWanted different frames asked for
 * @param framesHit those that were decoded
 * @param packets packets of the stream that were read
 * @param packetsDamaged packets or frames that the decoder complained of
 * @param milliseconds wall-clock time
 * @param container FFmpeg's name of the file format; empty where unknown
 * @param codec FFmpeg's name of the codec; empty where unknown
 * @param width of a frame as decoded, before rotation
 * @param height of a frame as decoded, before rotation
 * @param fps average frame rate; 0 where unknown
 * @param totalFrames frames of the whole video
 * @param seconds length of the whole stream: as its container gives it, else as counted; 0 where
 *     neither is known
 * @param rotationDegrees clockwise turn that was applied: 0, 90, 180 or 270
 * @param hasSound whether the file has a sound track
 * @param warnings what was wrong nonetheless
 */
public record DecodeStats(
    Strategy strategy,
    int framesWanted,
    int framesHit,
    int packets,
    int packetsDamaged,
    long milliseconds,
    String container,
    String codec,
    int width,
    int height,
    double fps,
    int totalFrames,
    double seconds,
    int rotationDegrees,
    boolean hasSound,
    Set<Warning> warnings)
    implements Serializable {

  /** How frames were reached. */
  public enum Strategy {
    /** Nothing was decoded. */
    NONE,
    /** Only packets that the wanted frames need, by the packet index. */
    SELECTED,
    /** All packets up to the last wanted frame, found by time stamp; or all of a sound. */
    THROUGH,
    /** All packets, frames counted as they came out. */
    COUNTED
  }

  /** Nothing known. */
  public static final DecodeStats NONE =
      new DecodeStats(Strategy.NONE, 0, 0, 0, 0, 0, "", "", 0, 0, 0, 0, 0, 0, false, Set.of());

  /** Copies the warnings. */
  public DecodeStats {
    warnings = Set.copyOf(warnings);
  }
}
