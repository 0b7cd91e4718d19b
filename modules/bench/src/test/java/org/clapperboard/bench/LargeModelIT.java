package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Dtype;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of the size of a released one answers from mapped weights. Needs 5 GB of disk. */
@Tag("full")
class LargeModelIT {
  private static final System.Logger LOG = System.getLogger(LargeModelIT.class.getName());
  private static final String CONFIG =
      """
      {"model_type": "videollama2_qwen2", "vocab_size": 151936, "hidden_size": 1536,
       "num_hidden_layers": 28, "num_attention_heads": 12, "num_key_value_heads": 2,
       "intermediate_size": 8960, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
       "tie_word_embeddings": true, "max_position_embeddings": 32768,
       "mm_projector_type": "stc_connector_v35", "mm_vision_select_layer": -2,
       "mm_vision_tower": "google/siglip-so400m-patch14-384",
       "num_frames": 8, "torch_dtype": "bfloat16"}
      """;

  @TempDir private Path temporary;

  @Test
  void a_model_of_two_billion_parameters_answers_out_of_its_files() throws Exception {
    Files.writeString(temporary.resolve("config.json"), CONFIG);
    ModelFolder like = ModelFolder.open(temporary);
    Path folder = temporary.resolve("model");
    new RandomCheckpoint(like.model(), like.shown(), 1)
        .write(folder, new ModelExport(EnumSet.allOf(Part.class), Dtype.BF16, 2_000_000_000));
    Path video = Clips.write(temporary.resolve("video.mp4"));
    AskFigures figures = new AskBench(folder, video, "what do you see ?", 8, 5).run();
    LOG.log(System.Logger.Level.INFO, figures.json());
    assertThat(figures.answerTokens()).isEqualTo(5);
    assertThat(figures.weightBytes()).isBetween(4_000_000_000L, 4_300_000_000L);
    // What is not of a file: activations, the cache, the heap. Copied weights would be here too.
    assertThat(figures.memory().anonymous()).isLessThan(figures.weightBytes() / 2);
  }
}
