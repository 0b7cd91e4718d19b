package org.clapperboard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.prompt.Turn;

/**
 * One question about a video, as {@code jobs/ask.sh} asks it, with a clock beside it.
 *
 * @param model folder of the model
 * @param video the file
 * @param question what is asked
 * @param frames frames of the clip
 * @param tokens how long the answer is; no token ends it
 */
record AskBench(Path model, Path video, String question, int frames, int tokens) {

  /** Asks and measures. */
  AskFigures run() {
    try (ResidentMemory memory = new ResidentMemory()) {
      TorchEngine.start(Runtime.getRuntime().availableProcessors());
      long start = System.nanoTime();
      ModelFolder folder = showing(ModelFolder.open(model), frames);
      try (VideoLlama2 loaded = folder.load();
          Tokenizer tokenizer = Tokenizer.open(model)) {
        double open = secondsSince(start);
        start = System.nanoTime();
        Example prompt = prompt(folder, tokenizer);
        double seen = secondsSince(start);
        List<Double> at = new ArrayList<>();
        int[] answer = answer(loaded, prompt, at);
        int length = prompt.ids().length - 1 + loaded.config().sight().tokens(frames);
        double further = (at.get(at.size() - 1) - at.get(0)) / Math.max(1, at.size() - 1);
        return new AskFigures(
            parameters(folder),
            weightBytes(folder),
            length,
            answer.length,
            tokenizer.decode(answer),
            open,
            seen,
            at.get(0),
            further,
            memory.peaks());
      }
    }
  }

  private Example prompt(ModelFolder folder, Tokenizer tokenizer) {
    Example.Clip clip = new MediaFiles(folder, Clip.WHOLE).clip(video);
    List<Turn> turns = List.of(Turn.user(Placeholder.VIDEO.text() + "\n" + question));
    return tokenizer.prompts().question(turns).with(List.of(new Example.Media(clip, null)));
  }

  /** The answer; notes when each of its tokens was there, in seconds. */
  private int[] answer(VideoLlama2 loaded, Example prompt, List<Double> at) {
    long start = System.nanoTime();
    return new Generator(loaded, Set.of(), tokens)
        .answer(List.of(prompt), (ids, scores) -> at.add(secondsSince(start)))
        .get(0);
  }

  private static ModelFolder showing(ModelFolder folder, int frames) {
    ModelFolder.Shown shown = folder.shown();
    return new ModelFolder(
        folder.path(),
        folder.model(),
        new ModelFolder.Shown(frames, shown.aspect(), shown.sound(), shown.soundSeconds()),
        folder.dtype());
  }

  private static long parameters(ModelFolder folder) {
    return folder.model().specs().values().stream()
        .flatMap(List::stream)
        .mapToLong(spec -> spec.elements())
        .sum();
  }

  /** Size of a model's files of weights. */
  static long weightBytes(ModelFolder folder) {
    long bytes = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder.path(), "*.{safetensors,bin}")) {
      for (Path file : files) {
        bytes += Files.size(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
