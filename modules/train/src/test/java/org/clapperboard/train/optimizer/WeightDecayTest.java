package org.clapperboard.train.optimizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.Part;
import org.clapperboard.model.language.DecoderConfig.Family;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

class WeightDecayTest {

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> the_same_parameters_have_the_rates_and_decays_of_the_reference() {
    return GoldenTests.of(WeightDecayTest.class, "11_schedule", WeightDecayTest::compare);
  }

  private static void compare(GoldenRun run) {
    run.leave("(?!create_optimizer_groups).*");
    for (Map.Entry<String, JsonNode> model :
        run.json().get("create_optimizer_groups").properties()) {
      String[] settings = model.getKey().split("/mm_projector_lr=", 2);
      Predicate<String> decays =
          WeightDecay.of(Family.valueOf(settings[0].toUpperCase(Locale.ROOT)));
      OptimizerConfig optimizer = optimizer(settings[1]);
      for (JsonNode group : model.getValue()) {
        double rate = group.get("lr").asDouble();
        double weightDecay = group.get("weight_decay").asDouble();
        for (JsonNode name : group.get("params")) {
          OptimizerConfig own = optimizer.of(part(name.asText()));
          String what = model.getKey() + " " + name.asText();
          run.equal(what + " rate", own.lr(), rate);
          double decay = decays.test(name.asText()) ? own.weightDecay() : 0;
          run.equal(what + " decay", decay, weightDecay);
        }
      }
    }
  }

  /** The stage's optimizer for the reference's training arguments. */
  private static OptimizerConfig optimizer(String projectorRate) {
    String parts =
        projectorRate.equals("None")
            ? ""
            : "  parts: {vision-connector: {lr: " + projectorRate + "}}\n";
    String text = "optimizer:\n  lr: 1e-3\n  weight-decay: 0.1\n" + parts;
    return ConfigFile.ofText(Path.of("stage.yaml"), text, List.of())
        .read(root -> OptimizerConfig.read(root.section("optimizer")));
  }

  private static Part part(String name) {
    return name.startsWith("model.mm_projector.") ? Part.VISION_CONNECTOR : Part.LANGUAGE_MODEL;
  }
}
