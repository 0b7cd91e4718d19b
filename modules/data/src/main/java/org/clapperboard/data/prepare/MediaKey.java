package org.clapperboard.data.prepare;

import java.io.IOException;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Modality;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.media.MediaDecoder;

/**
 * Names what becomes of a medium: the file and its state, the clip, the settings that decide the
 * outcome, the decoder. Where the key is the same, decoding again gives the same again.
 */
final class MediaKey {
  private static final int DIGITS = 32;

  private final Configuration configuration;
  private final String how;

  MediaKey(Settings settings, Configuration configuration) {
    this.configuration = configuration;
    this.how = settings.deciding() + "\n" + decoderVersion();
  }

  /** What decodes: FFmpeg's build and the version of what is made of it. */
  static String decoderVersion() {
    return MediaDecoder.version() + ", schema " + PreparedDataset.SCHEMA;
  }

  /** The key of the part of a file that is shown. */
  String of(Modality modality, String media, Clip clip) throws IOException {
    String facts =
        String.join(
            "\n",
            how,
            modality.key(),
            media,
            MediaFiles.state(media, configuration),
            clip.startSeconds() + " to " + clip.endSeconds());
    return DigestUtils.sha256Hex(facts).substring(0, DIGITS);
  }
}
