package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.clapperboard.model.language.DecoderConfig.Family;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

class WeightDecayTest {

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> the_same_parameters_decay_as_in_the_reference() {
    return GoldenTests.of(WeightDecayTest.class, "11_schedule", WeightDecayTest::compare);
  }

  private static void compare(GoldenRun run) {
    run.leave("(?!create_optimizer_groups).*");
    for (Map.Entry<String, JsonNode> model :
        run.json().get("create_optimizer_groups").properties()) {
      String family = model.getKey().split("/", 2)[0].toUpperCase(Locale.ROOT);
      Set<Double> rates = new TreeSet<>();
      for (JsonNode group : model.getValue()) {
        rates.add(group.get("lr").asDouble());
        boolean decays = group.get("weight_decay").asDouble() > 0;
        for (JsonNode name : group.get("params")) {
          boolean ours = WeightDecay.of(Family.valueOf(family)).test(name.asText());
          run.equal(model.getKey() + " " + name.asText() + " decays", ours, decays);
        }
      }
      if (rates.size() > 1) {
        run.otherwise(
            "gives connectors a rate of their own (" + model.getKey() + ")",
            "a stage has one rate for all its parts",
            WeightDecayTest::assertOneRate);
      }
    }
  }

  private static void assertOneRate() {
    assertThat(
            Arrays.stream(OptimizerConfig.class.getRecordComponents())
                .map(RecordComponent::getName))
        .filteredOn(name -> name.toLowerCase(Locale.ROOT).contains("lr"))
        .containsExactly("lr");
  }
}
