package org.clapperboard.media.child;

import java.io.Serializable;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.VideoRequest;

/** What the two processes say to each other. */
sealed interface Message extends Serializable {

  /** Child: ready for work. */
  record Ready() implements Message {}

  /** Parent: decode this file. */
  record Task(String sourceName, Wish wish, MediaLimits limits) implements Message {}

  /** Child: how long is the file? */
  record AskSize() implements Message {}

  /** Parent: so long. */
  record Size(long bytes) implements Message {}

  /** Child: which bytes lie there? */
  record AskBytes(long position, int length) implements Message {}

  /** Parent: these; no bytes at the end of the file. */
  record Bytes(Block block) implements Message {}

  /** Parent: the storage failed. */
  record Unreadable(boolean missing, String why) implements Message {}

  /** Child: that is the outcome. */
  record Done(Decoded<?> outcome) implements Message {}

  /** Child: decoding died of an error that no file should cause. */
  record Died(String why) implements Message {}

  /** What to decode the file as. */
  sealed interface Wish extends Serializable {}

  /** Frames of a video. */
  record Frames(VideoRequest request) implements Wish {}

  /** A picture. */
  record Picture(Pictures.Orientation orientation) implements Wish {}

  /** A sound. */
  record Sounds(SoundRequest request) implements Wish {}

  /** An array that a record may hold. */
  final class Block implements Serializable {
    final byte[] bytes;

    Block(byte[] bytes) {
      this.bytes = bytes;
    }
  }
}
