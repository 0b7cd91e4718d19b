package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stage changes the parts it trains and no other. */
@ExtendWith(World.Shared.class)
class FrozenPartsIT {

  @Test
  void a_video_stage_leaves_all_but_the_connector_as_they_were(World world) throws IOException {
    onlyTrained(world.curriculum(), "joint", "video", Part.VISION_CONNECTOR);
  }

  @Test
  void an_audio_stage_leaves_all_but_the_projector_as_they_were(World world) throws IOException {
    onlyTrained(world.curriculum(), "video", "audio", Part.AUDIO_PROJECTOR);
  }

  private static void onlyTrained(Path run, String before, String after, Part trained)
      throws IOException {
    for (Part part : Part.values()) {
      WeightFile was = World.result(run, before).parts().get(part.key());
      WeightFile is = World.result(run, after).parts().get(part.key());
      // The hash was taken while the earlier stage wrote the file; the file is read now.
      assertThat(hash(run, was)).as("%s after %s", part, before).isEqualTo(was.sha256());
      assertThat(hash(run, is)).as("%s after %s", part, after).isEqualTo(is.sha256());
      if (part == trained) {
        assertThat(is.sha256()).as("%s", part).isNotEqualTo(was.sha256());
      } else {
        assertThat(is).as("%s", part).isEqualTo(was);
      }
    }
  }

  private static String hash(Path run, WeightFile file) throws IOException {
    return DigestUtils.sha256Hex(Files.readAllBytes(run.resolve(file.location())));
  }
}
