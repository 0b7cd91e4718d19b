package org.clapperboard.model;

import static org.clapperboard.model.Damage.config;
import static org.clapperboard.model.Damage.cut;
import static org.clapperboard.model.Damage.entry;
import static org.clapperboard.model.Damage.header;
import static org.clapperboard.model.Damage.index;
import static org.clapperboard.model.Damage.length;
import static org.clapperboard.model.Damage.number;
import static org.clapperboard.model.Damage.shard;
import static org.clapperboard.model.Damage.weights;
import static org.clapperboard.model.Damage.zip64;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.clapperboard.model.weights.PickleBytes;

/** What can be wrong with a model folder, and what is said of it then. */
final class DamagedModels {
  private static final String EMBEDDINGS = "model.embed_tokens.weight";
  private static final String NORM = "model.norm.weight";
  private static final String READ = "Cannot read FOLDER/model.safetensors as safetensors: ";
  private static final String PICKLE = "Cannot read the pickle in FOLDER/pytorch_model.bin: ";
  private static final String INDEX = "Cannot read the index FOLDER/model.safetensors.index.json: ";
  private static final String BIN_INDEX =
      "Cannot read the index FOLDER/pytorch_model.bin.index.json: ";
  private static final long[] FOUR = {4};
  private static final long[] ONE = {1};

  private final SoundModels models;
  private final Path folder;
  private final Map<String, String> expected = new LinkedHashMap<>();

  DamagedModels(Path temporary) throws IOException {
    this.models = new SoundModels(Files.createDirectories(temporary.resolve("sound")));
    this.folder = Files.createDirectories(temporary.resolve("models"));
  }

  /** The folder of all models, sound and damaged. */
  Path folder() {
    return folder;
  }

  /** For each damaged model its message, in which an ellipsis stands for anything. */
  Map<String, String> expected() {
    return Collections.unmodifiableMap(expected);
  }

  /** The names of the sound models. */
  List<String> sound() {
    return SoundModels.kinds().stream().map(kind -> "sound-" + kind).toList();
  }

  void makeAll() throws IOException {
    models.make();
    for (String kind : SoundModels.kinds()) {
      models.copy(kind, folder.resolve("sound-" + kind));
    }
    headers();
    tensors();
    weightsOfOthers();
    shards();
    torchShards();
    pickles();
    zips();
    configs();
    configsOfHugeModels();
  }

  private void damaged(String name, String kind, String message, Damage damage) throws IOException {
    Path copy = folder.resolve(name);
    models.copy(kind, copy);
    damage.to(copy);
    expected.put(name, message);
  }

  private void headers() throws IOException {
    damaged("header-cut", "one", READ + "its header length is … in a file of 40 bytes.", cut(40));
    damaged("header-missing", "one", READ + "it has 3 bytes, too few for a header.", cut(3));
    damaged("file-empty", "one", READ + "it has 0 bytes, too few for a header.", cut(0));
    damaged(
        "header-of-100-mb",
        "one",
        READ + "its header length is 100000000 in a file of 200000000 bytes.",
        model -> {
          length(model, 100_000_000);
          try (RandomAccessFile file = new RandomAccessFile(weights(model).toFile(), "rw")) {
            file.setLength(200_000_000);
          }
        });
    damaged(
        "header-length-negative",
        "one",
        READ + "its header length is -9223372036854775808 in a file of … bytes.",
        model -> length(model, Long.MIN_VALUE));
    damaged(
        "header-no-json",
        "one",
        READ + "its header is not sound JSON: …",
        model -> header(model, text -> text.replace('}', ']')));
    damaged(
        "header-deep",
        "one",
        READ + "its header is not sound JSON: …",
        model -> header(model, text -> "{\"a\":" + "[".repeat(5000) + "}"));
    damaged(
        "tensor-twice-in-a-header",
        "one",
        READ + "its header is not sound JSON: Duplicate field '" + NORM + "'.",
        model ->
            header(
                model,
                text ->
                    text.replace("\"lm_head.weight\"", "\"" + NORM + "\"")
                        .replaceFirst(
                            "\"model.layers.0.input_layernorm.weight\"", "\"" + NORM + "\"")));
    damaged(
        "data-cut",
        "one",
        READ + "tensor … lies at […], outside the file.",
        model -> {
          byte[] all = Files.readAllBytes(weights(model));
          Files.write(weights(model), Arrays.copyOf(all, all.length - 4));
        });
  }

  private void tensors() throws IOException {
    damaged(
        "offsets-overlap",
        "one",
        READ + "tensor … overlaps the one before it.",
        entry(EMBEDDINGS, e -> e.putArray("data_offsets").add(4).add(4 + 40 * 16 * 4)));
    damaged(
        "offsets-outside",
        "one",
        READ + "tensor " + NORM + " lies at [0,9000000000], outside the file.",
        entry(NORM, e -> e.putArray("data_offsets").add(0).add(9_000_000_000L)));
    damaged(
        "extent-not-shape",
        "one",
        READ + "tensor " + NORM + " has 64 bytes for 17 F32.",
        entry(NORM, e -> e.putArray("shape").add(17)));
    damaged(
        "shape-huge",
        "one",
        READ + "tensor " + NORM + " has the shape [4294967296,4294967296].",
        entry(NORM, e -> e.putArray("shape").add(1L << 32).add(1L << 32)));
    damaged(
        "dtype-unknown",
        "one",
        READ + "tensor " + NORM + " has the header …F8_E4M3….",
        entry(NORM, e -> e.put("dtype", "F8_E4M3")));
  }

  private void weightsOfOthers() throws IOException {
    damaged(
        "dtype-of-no-weights",
        "one",
        "Cannot load weights from FOLDER/model.safetensors: 1 misfit: "
            + NORM
            + " is I32 (expected: BF16, F16, F32 or F64).",
        entry(NORM, e -> e.put("dtype", "I32")));
    damaged(
        "shape-of-another-model",
        "one",
        "Cannot load weights from FOLDER/model.safetensors: 1 misfit: "
            + NORM
            + " is (4, 4) (expected: (16)).",
        entry(NORM, e -> e.putArray("shape").add(4).add(4)));
    damaged(
        "tensor-missing-and-another-there",
        "one",
        "Cannot load weights from FOLDER/model.safetensors: 1 missing: "
            + NORM
            + "; 1 unexpected: model.norm.weights.",
        model -> header(model, text -> text.replace(NORM, "model.norm.weights")));
    damaged(
        "weights-nan",
        "one",
        "Cannot use weights from FOLDER/model.safetensors: 1 tensors have elements that are NaN or infinite: "
            + NORM
            + ".",
        number(NORM, Float.NaN));
    damaged(
        "weights-infinite",
        "one",
        "Cannot use weights from FOLDER/model.safetensors: 1 tensors have elements that are NaN or infinite: "
            + EMBEDDINGS
            + ".",
        number(EMBEDDINGS, Float.NEGATIVE_INFINITY));
    damaged(
        "side-file-of-text",
        "one",
        "Cannot read FOLDER/mm_projector.bin as PyTorch weights: … neither like a zip file nor …",
        model -> Files.writeString(model.resolve("mm_projector.bin"), "version https://git-lfs"));
    damaged(
        "folder-empty",
        "one",
        "Cannot read weights from FOLDER: it holds no weights (safetensors, pytorch_model.bin, .pt).",
        model -> Files.delete(weights(model)));
  }

  private void shards() throws IOException {
    String second = "model-00002-of-";
    damaged(
        "shard-missing",
        "sharded",
        INDEX + "the folder lacks " + second + "….",
        model -> Files.delete(shard(model, second)));
    damaged(
        "index-leaves-its-folder",
        "sharded",
        INDEX + "it names \"../sound-one/model.safetensors\", which is no file in its folder.",
        index("model.safetensors.index.json", NORM, "../sound-one/model.safetensors"));
    damaged(
        "index-names-an-absolute-path",
        "sharded",
        INDEX + "it names \"/etc/passwd\", which is no file in its folder.",
        index("model.safetensors.index.json", NORM, "/etc/passwd"));
    damaged(
        "index-names-itself",
        "sharded",
        "Cannot read FOLDER/model.safetensors.index.json as PyTorch weights: … neither like a zip file nor …",
        index("model.safetensors.index.json", NORM, "model.safetensors.index.json"));
    damaged(
        "tensor-not-in-its-shard",
        "sharded",
        INDEX + NORM + " is not in model-00001-of-… (1 tensors are not where it says).",
        model ->
            index(
                    "model.safetensors.index.json",
                    NORM,
                    shard(model, "model-00001-of-").getFileName().toString())
                .to(model));
    damaged(
        "tensor-in-two-shards",
        "sharded",
        "Cannot load …: it is in FOLDER/again.safetensors and in FOLDER/model-00002-of-…",
        model -> {
          Files.delete(model.resolve("model.safetensors.index.json"));
          Files.copy(shard(model, second), model.resolve("again.safetensors"));
        });
    damaged(
        "index-cut",
        "sharded",
        INDEX + "it is not JSON.",
        model -> {
          Path index = model.resolve("model.safetensors.index.json");
          byte[] all = Files.readAllBytes(index);
          Files.write(index, Arrays.copyOf(all, all.length / 2));
        });
    damaged(
        "index-without-a-map",
        "sharded",
        INDEX + "it has no weight_map.",
        model -> Files.writeString(model.resolve("model.safetensors.index.json"), "{}"));
  }

  private void torchShards() throws IOException {
    damaged(
        "bin-shard-missing",
        "bins",
        BIN_INDEX + "the folder lacks pytorch_model-00002-of-00002.bin.",
        model -> Files.delete(model.resolve("pytorch_model-00002-of-00002.bin")));
    damaged(
        "bin-index-leaves-its-folder",
        "bins",
        BIN_INDEX + "it names \"../../secret.bin\", which is no file in its folder.",
        index("pytorch_model.bin.index.json", NORM, "../../secret.bin"));
    damaged(
        "bin-shard-of-text",
        "bins",
        "Cannot read FOLDER/pytorch_model-00001-of-00002.bin as PyTorch weights: … neither like a zip file nor …",
        model -> Files.writeString(model.resolve("pytorch_model-00001-of-00002.bin"), "Not Found"));
  }

  private void pickles() throws IOException {
    pickle(
        "pickle-of-a-command",
        "it asks for posix.system, and only tensors in dictionaries are read from pickles",
        PickleBytes.pickle().global("posix", "system").text("touch /tmp/x").op(0x85, 'R').end());
    pickle(
        "pickle-of-python",
        "it asks for builtins.exec, and only tensors in dictionaries are read from pickles",
        PickleBytes.pickle().global("builtins", "exec").text("1").op(0x85, 'R').end());
    pickle("pickle-without-an-end", "it ends in the middle", PickleBytes.pickle().op('}').bytes());
    pickle(
        "pickle-of-2-gb-of-text",
        "it has a text of 2147483647 bytes",
        PickleBytes.pickle().op('X').int32(0x7fffffff).end());
    pickle(
        "pickle-of-many-instructions",
        "it has more than 500000 instructions",
        PickleBytes.pickle().repeat(1_500_000, '}').end());
    pickle(
        "view-outside-its-storage",
        "a tensor that reaches element 9 of a storage of 4",
        PickleBytes.state(4, 0, FOUR, new long[] {3}).end());
    pickle(
        "view-with-a-negative-stride",
        "a tensor with negative dimensions",
        PickleBytes.state(4, 3, FOUR, new long[] {-1}).end());
    pickle(
        "view-of-more-than-there-is",
        "a tensor of more elements than there are numbers",
        PickleBytes.state(4, 0, new long[] {1L << 40, 1L << 40}, new long[] {0, 0}).end());
    damaged(
        "storage-cut",
        "bin",
        "Cannot read FOLDER/pytorch_model.bin as PyTorch weights: the storage of w has 16 bytes, for 4000000000 F32.",
        model ->
            Files.write(
                model.resolve("pytorch_model.bin"),
                PickleBytes.zip(PickleBytes.state(4_000_000_000L, 0, FOUR, ONE).end(), 16)));
  }

  private void pickle(String name, String why, byte[] pickle) throws IOException {
    damaged(
        name,
        "bin",
        PICKLE + why + ".",
        model -> Files.write(model.resolve("pytorch_model.bin"), PickleBytes.zip(pickle, 16)));
  }

  private void zips() throws IOException {
    damaged(
        "zip-bomb",
        "bin",
        "Cannot read FOLDER/pytorch_model.bin: its entry archive/data.pkl is packed or encrypted.",
        model -> {
          try (ZipOutputStream zip =
              new ZipOutputStream(Files.newOutputStream(model.resolve("pytorch_model.bin")))) {
            zip.putNextEntry(new ZipEntry("archive/data.pkl"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 300; i++) {
              zip.write(zeros);
            }
          }
        });
    damaged(
        "zip-cut",
        "bin",
        "Cannot read FOLDER/pytorch_model.bin: it has no zip directory, as if it were cut off.",
        model -> {
          byte[] all = Files.readAllBytes(model.resolve("pytorch_model.bin"));
          Files.write(model.resolve("pytorch_model.bin"), Arrays.copyOf(all, all.length - 100));
        });
    damaged(
        "zip64-directory-of-exabytes",
        "bin",
        "Cannot read FOLDER/pytorch_model.bin: its zip directory has 4611686018427387904 bytes.",
        model -> zip64(model, 1L << 62, 0));
    damaged(
        "zip64-directory-outside",
        "bin",
        "Cannot read FOLDER/pytorch_model.bin: its zip directory points outside the file.",
        model -> zip64(model, 100, 1L << 62));
  }

  private void configs() throws IOException {
    String config = "config.json ";
    damaged(
        "config-missing",
        "one",
        "Cannot open the model in FOLDER: …config.json…",
        model -> Files.delete(model.resolve("config.json")));
    damaged(
        "config-cut",
        "one",
        "Cannot open the model in FOLDER: …",
        model -> {
          byte[] all = Files.readAllBytes(model.resolve("config.json"));
          Files.write(model.resolve("config.json"), Arrays.copyOf(all, all.length / 2));
        });
    damaged(
        "config-deep",
        "one",
        "Cannot open the model in FOLDER: …",
        model -> Files.writeString(model.resolve("config.json"), "{\"a\":" + "[".repeat(100_000)));
    damaged(
        "config-without-a-width",
        "one",
        config + "hidden_size is \"\" (expected: a whole number).",
        config(c -> c.remove("hidden_size")));
    damaged(
        "config-without-a-type",
        "one",
        config + "model_type is \"\" (expected: a text).",
        config(c -> c.remove("model_type")));
    damaged(
        "config-of-a-list",
        "one",
        config + "model_type is \"\" (expected: a text).",
        model -> Files.writeString(model.resolve("config.json"), "[]"));
    damaged(
        "config-of-a-text-as-a-number",
        "one",
        config + "vocab_size is \"\"40\"\" (expected: a whole number).",
        config(c -> c.put("vocab_size", "40")));
    damaged(
        "config-without-heads",
        "one",
        "Cannot read config.json: heads is 0 (expected: …",
        config(c -> c.put("num_attention_heads", 0)));
  }

  private void configsOfHugeModels() throws IOException {
    String config = "config.json ";
    damaged(
        "config-of-a-huge-width",
        "one",
        "Cannot load weights from FOLDER/model.safetensors: … misfit: …",
        config(c -> c.put("hidden_size", 1 << 30).put("vocab_size", 1 << 30)));
    damaged(
        "config-of-a-wide-number",
        "one",
        config + "vocab_size is \"99999999999\" (expected: a whole number).",
        config(c -> c.put("vocab_size", 99_999_999_999L)));
    damaged(
        "config-of-a-billion-layers",
        "one",
        config + "num_hidden_layers is \"1000000000\" (expected: at most 10000).",
        config(c -> c.put("num_hidden_layers", 1_000_000_000)));
    damaged(
        "config-of-a-deep-connector",
        "one",
        config + "mm_projector_depth is \"2000000000\" (expected: at most 10000).",
        config(c -> c.put("mm_projector_depth", 2_000_000_000)));
    damaged(
        "config-of-an-unknown-connector",
        "one",
        "Cannot read config.json: There is no connector named \"../x\".",
        config(c -> c.put("mm_projector_type", "../x")));
  }
}
