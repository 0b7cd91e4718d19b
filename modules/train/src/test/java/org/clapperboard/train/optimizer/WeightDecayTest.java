package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.model.language.DecoderConfig.Family;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.Test;

class WeightDecayTest {

  @Test
  void the_same_parameters_decay_as_in_the_reference() {
    List<Fixture> fixtures = GoldenFixtures.chosen().startingWith("11_schedule");
    assertThat(fixtures).isNotEmpty();
    for (Fixture fixture : fixtures) {
      for (Map.Entry<String, JsonNode> model :
          fixture.json().get("create_optimizer_groups").properties()) {
        String family = model.getKey().split("/", 2)[0].toUpperCase(Locale.ROOT);
        for (JsonNode group : model.getValue()) {
          boolean decays = group.get("weight_decay").asDouble() > 0;
          for (JsonNode name : group.get("params")) {
            assertThat(WeightDecay.of(Family.valueOf(family)).test(name.asText()))
                .as(model.getKey() + " " + name)
                .isEqualTo(decays);
          }
        }
      }
    }
  }
}
