package org.clapperboard.model;

import static org.clapperboard.model.Damage.index;
import static org.clapperboard.model.Damage.shard;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.model.weights.TorchFileWriter;

/** Model folders of every layout, without a fault. */
final class SoundModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  SoundModels(Path folder) {
    this.folder = folder;
  }

  /** What the kinds are called: safetensors in one file and in shards, pickles likewise. */
  static List<String> kinds() {
    return List.of("one", "sharded", "bin", "bins");
  }

  void make() throws IOException {
    Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
    Files.writeString(tokenizer.resolve("tokenizer.json"), "{}");
    Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{}");
    try (VideoLlama2 model = VideoLlama2.allocate(ModelFolderIT.whole())) {
      model.parameters().values().forEach(parameters -> parameters.initialise(11));
      ModelExport.whole().write(of("one"), model, ModelFolderIT.SHOWN, tokenizer, "# A model");
      new ModelExport(EnumSet.allOf(Part.class), Dtype.F32, 20_000)
          .write(of("sharded"), model, ModelFolderIT.SHOWN, tokenizer, "# A model");
    }
    TensorSource all = Safetensors.open(of("one").resolve("model.safetensors"));
    torch(of("bin"), "pytorch_model.bin", all, all.names());
    torchShards(all);
    for (String kind : List.of("bin", "bins")) {
      Files.copy(of("one").resolve("config.json"), of(kind).resolve("config.json"));
    }
  }

  private void torchShards(TensorSource all) throws IOException {
    List<String> names = new ArrayList<>(all.names());
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    for (int shard = 0; shard < 2; shard++) {
      int half = names.size() / 2;
      List<String> some = shard == 0 ? names.subList(0, half) : names.subList(half, names.size());
      String file = "pytorch_model-0000" + (shard + 1) + "-of-00002.bin";
      torch(of("bins"), file, all, new LinkedHashSet<>(some));
      some.forEach(name -> map.put(name, file));
    }
    JSON.writeValue(of("bins").resolve("pytorch_model.bin.index.json").toFile(), index);
  }

  private Path of(String kind) throws IOException {
    return Files.createDirectories(folder.resolve(kind));
  }

  private static void torch(Path folder, String file, TensorSource all, Set<String> names)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve(file))) {
      TorchFileWriter.write(new Some(all, names), Dtype.F32, out);
    }
  }

  /** Copies the model of a kind. */
  void copy(String kind, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(of(kind))) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** Some tensors of a source. */
  private record Some(TensorSource all, Set<String> names) implements TensorSource {
    @Override
    public String origin() {
      return all.origin();
    }

    @Override
    public Shape shape(String name) {
      return all.shape(name);
    }

    @Override
    public Dtype dtype(String name) {
      return all.dtype(name);
    }

    @Override
    public void read(String name, long first, FloatBuffer target) {
      all.read(name, first, target);
    }
  }
}
