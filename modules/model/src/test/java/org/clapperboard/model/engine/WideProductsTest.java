package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

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
    assertThat(WideProducts.needed(processors)).isEqualTo(needed);
  }
}
