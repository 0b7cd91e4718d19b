package org.clapperboard.data.shard;

import java.util.List;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.media.FrameSampler;

/**
 * A sample as a shard holds it: decoded once, frames and sound encoded again in the training size.
 *
 * @param id its name, unique in the dataset
 * @param dataset the dataset
 * @param modality what it shows
 * @param kind how it is sorted in reports, or empty
 * @param media location of the file it was read from, or empty
 * @param mediaKey names what its frames and sound were made of and how: rows of one key have the
 *     same media; empty for text
 * @param startSeconds start of the clip
 * @param endSeconds end of the clip
 * @param exchanges its questions and answers
 * @param source what decoding found in the file, or null for text
 * @param frames its frames, or null
 * @param sound 16 kHz mono samples, or null
 * @param decodeMillis how long reading its media took
 */
public record StoredSample(
    String id,
    String dataset,
    Modality modality,
    String kind,
    String media,
    String mediaKey,
    double startSeconds,
    double endSeconds,
    List<Exchange> exchanges,
    SourceFacts source,
    Frames frames,
    short[] sound,
    int decodeMillis) {

  public StoredSample {
    exchanges = List.copyOf(exchanges);
  }

  /**
   * Frames of a clip, kept for every number of frames that training may ask for.
   *
   * @param width width of a frame in pixels
   * @param height height of a frame in pixels
   * @param firstFrame number of the clip's first frame in its file
   * @param lastFrame number of its last frame
   * @param indices number of each stored frame in its file, ascending
   * @param encoded the encoded frames, each in a format that its first bytes tell
   */
  public record Frames(
      int width,
      int height,
      int firstFrame,
      int lastFrame,
      List<Integer> indices,
      List<byte[]> encoded) {

    public Frames {
      indices = List.copyOf(indices);
      encoded = List.copyOf(encoded);
      if (indices.size() != encoded.size() || encoded.isEmpty()) {
        throw new IllegalArgumentException(
            indices.size() + " frame numbers for " + encoded.size() + " frames");
      }
    }

    /**
     * The frames that stand for the clip when that many are shown: the middles of equal parts
     * (reference mm_utils.py, frame_sample).
     *
     * @throws IllegalArgumentException if the shard was not prepared for that number
     */
    public List<byte[]> shown(int count) {
      int[] wanted = FrameSampler.uniform(new FrameSampler.Range(firstFrame, lastFrame), count);
      return java.util.Arrays.stream(wanted)
          .mapToObj(
              index -> {
                int place = indices.indexOf(index);
                if (place < 0) {
                  throw new IllegalArgumentException(
                      "the shard has no frame "
                          + index
                          + "; it was not prepared for clips of "
                          + count
                          + " frames");
                }
                return encoded.get(place);
              })
          .toList();
    }
  }
}
