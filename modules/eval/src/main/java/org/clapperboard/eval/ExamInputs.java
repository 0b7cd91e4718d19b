package org.clapperboard.eval;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.clapperboard.data.shard.PreparedDataset;

/** Names all that answers depend on, so that those of one model are never taken for another's. */
final class ExamInputs {
  private ExamInputs() {}

  /** The hash of a model, of questions, and of what is shown. */
  static String of(String model, ExamSet set, PreparedDataset dataset) {
    List<String> facts = new ArrayList<>();
    facts.add(model);
    facts.add(set.name() + " " + set.withhold() + " " + set.asking());
    facts.add(set.questions() == null ? "" : new TreeMap<>(set.questions()).toString());
    facts.add(dataset.content());
    return DigestUtils.sha256Hex(String.join("\n", facts));
  }

  /** The hash of a model: its weights are read byte for byte, so ask once. */
  static String of(ModelFiles model, Configuration configuration) {
    List<String> facts = new ArrayList<>();
    facts.add(model.model().toString());
    facts.add(model.dtype() + " " + model.seed());
    model.weights().forEach(place -> facts.addAll(files(place, configuration)));
    for (ModelFiles.Adapter adapter : model.adapters()) {
      facts.add(adapter.part() + " " + adapter.lora());
      facts.addAll(files(adapter.file(), configuration));
    }
    facts.addAll(files(model.tokenizer() + "/tokenizer.json", configuration));
    return DigestUtils.sha256Hex(String.join("\n", facts));
  }

  /** Names and hashes of a file, or of the files in a folder. */
  private static List<String> files(String place, Configuration configuration) {
    try {
      Path path = new Path(place);
      FileSystem files = path.getFileSystem(configuration);
      FileStatus[] found = files.listStatus(path);
      Arrays.sort(found);
      List<String> hashes = new ArrayList<>();
      for (FileStatus file : found) {
        if (file.isFile()) {
          try (InputStream in = files.open(file.getPath())) {
            hashes.add(file.getPath().getName() + " " + DigestUtils.sha256Hex(in));
          }
        }
      }
      return hashes;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + place, e);
    }
  }
}
