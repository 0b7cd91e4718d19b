package org.clapperboard.serve;

import java.nio.file.Path;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.prompt.Tokenizer;

/**
 * A loaded model.
 *
 * @param name by which clients ask for it
 * @param folder where it comes from
 * @param model its weights, for one thread at a time
 * @param tokenizer its tokenizer, for any thread
 */
public record ServedModel(String name, ModelFolder folder, VideoLlama2 model, Tokenizer tokenizer)
    implements AutoCloseable {

  /** Loads the model of a folder; the engine must run. */
  public static ServedModel load(String name, Path path) {
    ModelFolder folder = ModelFolder.open(path);
    VideoLlama2 model = folder.load();
    try {
      return new ServedModel(name, folder, model, Tokenizer.open(path));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Positions of the longest conversation with its answer. */
  int context() {
    return model.config().language().context();
  }

  @Override
  public void close() {
    tokenizer.close();
    model.close();
  }
}
