package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.app.SparkStart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A verb that measures in a folder of its own, shows the figures and then fails if they say so. */
@Command(mixinStandardHelpOptions = true)
abstract class Measurement implements Callable<Integer> {
  @Mixin private FiguresOption figures;

  /** Measures; all in the folder is gone afterwards. */
  abstract Figures measure(Path folder) throws IOException;

  @Override
  public final Integer call() throws IOException {
    try (Workplace place = new Workplace()) {
      Figures measured = measure(place.folder());
      figures.show(measured);
      if (measured.failure() != null) {
        throw measured.failure();
      }
    }
    return 0;
  }

  /** One that needs a Spark. */
  abstract static class OnSpark extends Measurement {

    abstract Figures measure(Path folder, JavaSparkContext spark) throws IOException;

    @Override
    final Figures measure(Path folder) throws IOException {
      String name = getClass().getAnnotation(Command.class).name();
      try (JavaSparkContext spark = SparkStart.context("bench " + name)) {
        return measure(folder, spark);
      }
    }
  }
}
