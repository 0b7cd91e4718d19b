package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.Golden;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.Reason;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundReader;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundRoute;
import org.clapperboard.media.TestMedia;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The reference's way with the sound of a video, down to what it does where there is none. */
class ReferenceVideoIT {

  private final FilterBank bank = new FilterBank(128, ReferenceShape.RATE);

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> sounds_of_videos_give_the_filter_banks_of_the_reference() {
    return GoldenTests.of(ReferenceVideoIT.class, "05_audio_from_video", this::videos);
  }

  private void videos(GoldenRun run) {
    for (Map.Entry<String, JsonNode> each : run.json().get("cases").properties()) {
      String name = each.getKey();
      JsonNode row = each.getValue();
      float[] samples = run.file().floats(name + "/in/pcm16k");
      run.number(name + " samples", samples.length, row.get("samples").asInt(), 0);
      float[] values = bank.compute(ReferenceShape.ofVideo(samples));
      double share = run.tolerance("equal on >=") / 100;
      float from = (float) run.tolerance("where value >=");
      Golden.compare(run, name + "/out/fbank", values, share, from, 5e-4);
      ReferenceShapeTest.shape(run, name, values, row.get("output_shape"));
      int stored = run.file().floats(name + "/out/fbank").length;
      int frames = stored / bank.bins();
      run.number(name + " stored", frames, row.get("stored_frames").asInt(), 0);
      assertThat(row.get("remaining_frames_constant").asBoolean()).isTrue();
      float[] rest = Arrays.copyOfRange(values, stored, values.length);
      constant(run, name + " tail_value", rest, row.get("tail_value").asDouble());
      for (int clip = 0; clip < row.get("clip_sample_bounds").size(); clip++) {
        JsonNode bounds = row.get("clip_sample_bounds").get(clip);
        int start = ReferenceShape.clipStart(clip, samples.length);
        int[] ours = {start, start + 2 * ReferenceShape.RATE};
        int[] theirs = {bounds.get(0).asInt(), bounds.get(1).asInt()};
        run.equal(name + " clip " + clip, ours, theirs);
      }
    }
    silence(run);
  }

  /** What the reference hears where a sound cannot be decoded. */
  private void silence(GoldenRun run) {
    JsonNode missing = run.json().get("missing_audio");
    assertThat(missing.get("all_equal").asBoolean()).isTrue();
    float[] values = bank.compute(new float[ReferenceShape.SECONDS * ReferenceShape.RATE]);
    ReferenceShapeTest.shape(run, "missing_audio", values, missing.get("shape"));
    constant(run, "missing_audio value", values, missing.get("value").asDouble());
    run.otherwise(
        "hears 30 s of silence where a sound cannot be decoded",
        "nothing is heard, and it is said why",
        () -> {
          byte[] garbage = new byte[5000];
          Arrays.fill(garbage, (byte) 7);
          SoundRequest request = SoundRequest.of(new SoundRoute.ReferenceVideo());
          Decoded<Sound> decoded =
              SoundReader.read(TestMedia.source(garbage), request, MediaLimits.DEFAULT);
          assertThat(TestMedia.reason(decoded)).isEqualTo(Reason.NOT_MEDIA);
        });
  }

  private static void constant(GoldenRun run, String name, float[] values, double expected) {
    float[] rounded = new float[values.length];
    float[] constant = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = Golden.bfloat16(values[i]);
      constant[i] = (float) expected;
    }
    run.equal(name, rounded, constant);
  }
}
