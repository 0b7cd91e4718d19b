package org.clapperboard.data.shard;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.clapperboard.media.DecodeStats;
import org.clapperboard.media.Warning;

/**
 * What decoding found in the file that a sample shows. Where frames and sound were read, it is told
 * of the frames' stream; damage and warnings are those of both.
 *
 * @param container FFmpeg's name of the file format; empty for pictures
 * @param codec FFmpeg's name of the codec
 * @param width of a frame as decoded, before rotation; 0 for sounds
 * @param height of a frame as decoded, before rotation; 0 for sounds
 * @param fps average frame rate; 0 for sounds and pictures
 * @param frames frames of the whole file; 0 for sounds
 * @param seconds length of the whole stream, not of the clip; 0 where unknown and for pictures
 * @param framesWanted different frames asked for; 0 for sounds
 * @param framesHit those that were decoded
 * @param packetsDamaged packets or frames that a decoder complained of
 * @param warnings what was wrong nonetheless, in the order of {@link Warning}
 * @param hasSound whether the file has a sound track; a clip without is silent
 */
public record SourceFacts(
    String container,
    String codec,
    int width,
    int height,
    double fps,
    int frames,
    double seconds,
    int framesWanted,
    int framesHit,
    int packetsDamaged,
    List<Warning> warnings,
    boolean hasSound) {

  public SourceFacts {
    warnings = List.copyOf(warnings);
  }

  /** Of what was seen and what was heard; at most one of them is null. */
  public static SourceFacts of(DecodeStats seen, DecodeStats heard) {
    DecodeStats main = seen == null ? heard : seen;
    Set<Warning> warnings = EnumSet.noneOf(Warning.class);
    warnings.addAll(main.warnings());
    int damaged = main.packetsDamaged();
    boolean hasSound = main.hasSound();
    if (seen != null && heard != null) {
      warnings.addAll(heard.warnings());
      damaged += heard.packetsDamaged();
      hasSound |= heard.hasSound();
    }
    return new SourceFacts(
        main.container(),
        main.codec(),
        main.width(),
        main.height(),
        main.fps(),
        main.totalFrames(),
        main.seconds(),
        main.framesWanted(),
        main.framesHit(),
        damaged,
        List.copyOf(warnings),
        hasSound);
  }
}
