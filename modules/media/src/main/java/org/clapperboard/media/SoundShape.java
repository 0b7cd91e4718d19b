package org.clapperboard.media;

/** By whose rules sounds are brought to one length; see {@link SoundRoute}. */
public enum SoundShape {

  /** The paper's (section 3.3): cut to the clip, then cut or padded with zeros. */
  PAPER {
    @Override
    public SoundRequest request(boolean ofVideo, Clip clip, int seconds, double cropPosition) {
      return SoundRequest.of(new SoundRoute.Paper(seconds)).within(clip);
    }
  },

  /** The reference's: one way for files of sound, another for videos; both take the whole file. */
  REFERENCE {
    @Override
    public SoundRequest request(boolean ofVideo, Clip clip, int seconds, double cropPosition) {
      return SoundRequest.of(
          ofVideo ? new SoundRoute.ReferenceVideo() : new SoundRoute.ReferenceFile(cropPosition));
    }
  };

  /**
   * What is read of a file.
   *
   * @param ofVideo whether it is shown with its pictures
   * @param clip the part of the file that is shown
   * @param seconds length of the result; the reference knows 30 only
   * @param cropPosition which part of a long file the reference takes, from 0 to below 1
   */
  public abstract SoundRequest request(
      boolean ofVideo, Clip clip, int seconds, double cropPosition);
}
