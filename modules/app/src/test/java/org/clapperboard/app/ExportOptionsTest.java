package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Set;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelExport.SideFormat;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Dtype;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class ExportOptionsTest {
  private static final Set<Part> TRAINED = EnumSet.of(Part.AUDIO_PROJECTOR);

  @Command
  private static final class Holder {
    @Mixin private ExportOptions options;
  }

  private static ModelExport parse(String... arguments) {
    Holder holder = new Holder();
    new CommandLine(holder).parseArgs(arguments);
    return holder.options.of(TRAINED, Set.of());
  }

  private static void assertRefused(String why, String... arguments) {
    assertThatThrownBy(() -> parse(arguments))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  @Test
  void without_options_the_whole_model_is_written_unrounded_in_files_of_5_gb() {
    assertThat(parse())
        .isEqualTo(new ModelExport(EnumSet.allOf(Part.class), Dtype.F32, 5_000_000_000L));
  }

  @Test
  void sizes_have_decimal_units() {
    assertThat(parse("--shard-size", "500MB").maxShardBytes()).isEqualTo(500_000_000);
    assertThat(parse("--shard-size", "1.5gb").maxShardBytes()).isEqualTo(1_500_000_000);
    assertThat(parse("--shard-size", "7 KB").maxShardBytes()).isEqualTo(7_000);
    for (String wrong : new String[] {"0GB", "-1GB", "5", "5GiB", "lots", "99999999999GB"}) {
      assertRefused("\"" + wrong + "\" (expected: a size such as 5GB)", "--shard-size", wrong);
    }
  }

  @Test
  void parts_are_those_the_stage_trains_or_those_named() {
    assertThat(parse("--parts", "trained").parts()).isEqualTo(TRAINED);
    assertThat(parse("--parts", "vision-connector, audio-encoder").parts())
        .isEqualTo(EnumSet.of(Part.VISION_CONNECTOR, Part.AUDIO_ENCODER));
    assertRefused(
        "\"connector\" (expected: all, trained, or some of vision-encoder, vision-connector,"
            + " audio-encoder, audio-projector, language-model)",
        "--parts",
        "connector");
  }

  @Test
  void single_parts_are_safetensors_or_what_the_reference_reads() {
    assertThat(parse().sideFormat()).isEqualTo(SideFormat.SAFETENSORS);
    assertThat(parse("--format", "bin").sideFormat()).isEqualTo(SideFormat.BIN);
    assertRefused("\"pt\" (expected: safetensors or bin)", "--format", "pt");
  }

  @Test
  void types_are_two() {
    assertThat(parse("--dtype", "bf16").dtype()).isEqualTo(Dtype.BF16);
    assertRefused("\"fp16\" (expected: fp32 or bf16)", "--dtype", "fp16");
  }
}
