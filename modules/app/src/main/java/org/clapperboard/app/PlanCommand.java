package org.clapperboard.app;

import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.train.StagePlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jobs/plan.sh}: what a stage will do; starts nothing. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what a stage will do: which parts train and which are frozen, what it is trained on,",
      "how many steps, how much memory a rank needs, where its weights come from. Starts nothing."
    })
public final class PlanCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new PlanCommand(), arguments);
  }

  @Override
  public Integer call() {
    StagePlan plan = StagePlan.of(file.load(), new Configuration());
    new PlanText(plan).lines().forEach(console::line);
    return 0;
  }
}
