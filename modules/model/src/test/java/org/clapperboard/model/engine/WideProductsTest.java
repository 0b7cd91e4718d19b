package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WideProductsTest {

  @ParameterizedTest
  @CsvSource({
    "flags\t\t: fpu sse4_2 avx avx2 fma, true",
    "flags\t\t: fpu avx avx2 avx512f avx512dq avx512bw avx512vl, false",
    "flags\t\t: fpu avx avx2 avx_vnni avx_ne_convert, false",
    "Features\t: fp asimd bf16 sve, false",
    "'', false"
  })
  void products_are_widened_where_an_x86_processor_has_no_avx_512(String line, boolean needed) {
    String processors = "processor\t: 0\n" + line + "\n\nprocessor\t: 1\n" + line + "\n";
    assertThat(new Processor(processors).lacksBfloat16()).isEqualTo(needed);
  }

  @ParameterizedTest
  @CsvSource({
    "flags\t\t: fpu avx512f avx512bw avx512_bf16 avx512_vnni, False",
    "flags\t\t: fpu avx512f avx512bw avx512_bf16 amx_bf16 amx_tile, True",
    "flags\t\t: fpu avx2 avx512f avx512bw, True",
    "Features\t: fp asimd bf16 sve, True"
  })
  void a_few_rows_are_multiplied_as_linear_layers_where_there_are_pairs_but_no_tiles(
      String line, String right) throws IOException {
    try (InputStream lora = Pack.class.getResourceAsStream("/torchscript/lora.py")) {
      String source = new String(lora.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(WideProducts.on(new Processor(line), source))
          .contains("def right_of_matrix() -> bool:\n  return " + right + "\n");
    }
  }
}
