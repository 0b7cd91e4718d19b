package org.clapperboard.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.config.Failure;
import org.clapperboard.model.engine.TorchEngine;

/** Loads the models in the folders below one, in a process of its own, and tells how each ended. */
final class OpenCheckpoints {
  private OpenCheckpoints() {}

  /** Prints a line for each folder: its name, the exit code a command would have, the message. */
  public static void main(String[] arguments) throws Exception {
    TorchEngine.start(1);
    List<Path> folders;
    try (Stream<Path> all = Files.list(Path.of(arguments[0]))) {
      folders = all.sorted().toList();
    }
    for (Path folder : folders) {
      System.out.println("=" + folder.getFileName() + "\t" + ending(folder));
    }
    System.exit(0);
  }

  private static String ending(Path folder) {
    try (VideoLlama2 model = ModelFolder.open(folder).load()) {
      return "0\t" + model.parameters().size() + " parts";
    } catch (Failure e) {
      return e.exitCode() + "\t" + e.getMessage().replace("\n", "\\n");
    } catch (RuntimeException | Error e) {
      return "crashed\t" + e;
    }
  }
}
