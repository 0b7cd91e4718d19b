package org.clapperboard.model.connector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectorConfigTest {
  private static final int CLIP = 24;
  private static final int SIGLIP = 27;

  @ParameterizedTest
  @CsvSource({
    "linear, 576, 576, 729, 729",
    "mlp2x_gelu, 576, 576, 729, 729",
    "mlp4x_gelu, 576, 576, 729, 729",
    "spatial_conv, 1690, 3042, 1960, 3528",
    "spatial_pool, 1152, 2304, 1352, 2704",
    "stp_connector, 576, 1152, 676, 1352",
    "stc_connector, 845, 1521, 980, 1764",
    "stc_connector_v35, 576, 1152, 676, 1352"
  })
  void a_clip_is_as_many_tokens_as_the_reference_makes_of_it(
      String type, int clip8, int clip16, int siglip8, int siglip16) {
    ConnectorConfig connector = ConnectorConfig.named(type, 1024, 4096);

    assertThat(connector.tokens(8, CLIP, CLIP)).isEqualTo(clip8);
    assertThat(connector.tokens(16, CLIP, CLIP)).isEqualTo(clip16);
    assertThat(connector.tokens(8, SIGLIP, SIGLIP)).isEqualTo(siglip8);
    assertThat(connector.tokens(16, SIGLIP, SIGLIP)).isEqualTo(siglip16);
  }

  @Test
  void clips_of_32_frames_are_as_long_as_the_reference_makes_them() {
    ConnectorConfig connector = ConnectorConfig.named("stc_connector_v35", 1024, 4096);

    assertThat(connector.tokens(32, CLIP, CLIP)).isEqualTo(2304);
    assertThat(connector.tokens(32, SIGLIP, SIGLIP)).isEqualTo(2704);
  }

  /** The reference names some of these rows only, and its 2D convolution makes 1690 tokens. */
  @ParameterizedTest
  @CsvSource({
    "stp_connector, '[1, 2, 2]', 0, 1152",
    "spatial_conv, '[1, 2, 2]', 0, 1152",
    "stp_connector, '[8, 1, 1]', 0, 576",
    "stp_connector, '[2, 2, 2]', 0, 576",
    "stc_connector, '[2, 2, 2]', 0, 576",
    "stp_connector, '[1, 2, 2]', 4, 1152",
    "stc_connector, '[1, 2, 2]', 4, 1152",
    "stp_connector, '[2, 2, 2]', 4, 576",
    "stc_connector, '[2, 2, 2]', 4, 576"
  })
  void every_row_of_the_papers_ablation_can_be_configured(
      String type, String downsample, int depth, int tokens) {
    String yaml = "{type: %s, downsample: %s, depth: %d, padding: 0}";
    ConnectorConfig connector = read(yaml.formatted(type, downsample, depth));

    assertThat(connector.depth()).isEqualTo(depth);
    assertThat(connector.tokens(8, CLIP, CLIP)).isEqualTo(tokens);
  }

  @Test
  void a_name_alone_sets_the_shape_it_has_in_the_reference() {
    assertThat(read("{type: stc_connector}"))
        .isEqualTo(new ConnectorConfig("stc_connector", List.of(2, 2, 2), 1, 4, 2, 1024, 4096));
    assertThat(read("{type: mlp7x_gelu}").readoutDepth()).isEqualTo(7);
  }

  @Test
  void what_does_not_fill_a_cell_is_dropped_and_nothing_is_left_of_less_than_one() {
    ConnectorConfig connector = ConnectorConfig.named("stc_connector_v35", 1024, 4096);

    assertThat(connector.tokens(9, 25, 24)).isEqualTo(576);
    assertThat(connector.tokens(1, CLIP, CLIP)).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{type: identity} | type is \"identity\" (expected: stc_connector, stc_connector_v35,",
        "{type: stc_conector} | Did you mean \"stc_connector\"?",
        "{depth: 4} | type is missing (expected: stc_connector,",
        "{type: mlp0x_gelu} | type is \"mlp0x_gelu\" (expected: stc_connector,",
        "{type: stc_connector, downsample: [2, 2]} | downsample is [2,2] (expected: whole numbers",
        "{type: stc_connector, downsample: [0, 2, 2]} | downsample is [0,2,2] (expected: whole",
        "{type: linear, downsample: [2, 2, 2]} | (expected: [1, 1, 1], since linear keeps every",
        "{type: stp_connector, padding: 1} | padding is 1 (expected: 0, since stp_connector has no",
        "{type: stc_connector, padding: -1} | padding is -1 (expected: at least 0)",
        "{type: mlp2x_gelu, depth: 1} | depth is 1 (expected: 0, since mlp2x_gelu has no stages)",
        "{type: stc_connector, readout-depth: 0} | readout-depth is 0 (expected: at least 1)",
        "{type: mlp2x_gelu, readout-depth: 3} | readout-depth is 3 (expected: 2, as the type says)"
      })
  void what_cannot_be_is_refused_with_its_place(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("x.yaml:1")
        .hasMessageContaining(message);
  }

  private static ConnectorConfig read(String yaml) {
    return ConfigFile.ofText(Path.of("x.yaml"), yaml, List.of())
        .read(section -> ConnectorConfig.read(section, 1024, 4096));
  }
}
