package org.clapperboard.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.weights.LoadReport;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.ShardIndex;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.model.weights.TensorSources;
import org.clapperboard.model.weights.TorchFile;

/**
 * A place that weights are read from: a folder of a whole model, the folder or file of one encoder
 * or language model, a side file that the reference's stages leave. Whatever the names of its
 * tensors, parts see them under the reference's.
 *
 * <p>A folder's side files ({@code mm_projector.bin}, {@code mm_projector_a.bin}, {@code
 * audio_tower.bin}, {@code non_lora_trainables.bin}) come before its main files, as in the
 * reference: a part that a side file has is taken from it as a whole. In the folder of an adapter
 * ({@link AdapterFolder}) all that its side files do not have is taken from its base, and the
 * adapter is added.
 */
public final class WeightPlace {
  private static final List<String> MAIN =
      List.of(
          "model.safetensors.index.json",
          "model.safetensors",
          "pytorch_model.bin.index.json",
          "pytorch_model.bin");

  /** Side files without their extension, the most specific first. */
  static final List<String> SIDE =
      List.of(
          "mm_projector", "mm_projector_a", "audio_tower", "vision_tower", "non_lora_trainables");

  private static final Pattern OTHER =
      Pattern.compile(
          "(?!adapter_model|optimizer|scheduler|training_args).+\\.(safetensors|pt|pth)");

  private final Path path;
  private final List<TensorSource> sources;
  private final AdapterFolder adapter;
  private final WeightPlace base;

  private WeightPlace(
      Path path, List<TensorSource> sources, AdapterFolder adapter, WeightPlace base) {
    this.path = path;
    this.sources = List.copyOf(sources);
    this.adapter = adapter;
    this.base = base;
  }

  /**
   * Opens a folder or a file; weights are not touched. An adapter's base is what its configuration
   * names, if that is on this machine.
   *
   * @throws BadCheckpoint if there is none, or it is damaged
   */
  public static WeightPlace open(Path path) {
    return open(path, null);
  }

  /**
   * The same.
   *
   * @param base what an adapter belongs to, or null for what its configuration names
   */
  public static WeightPlace open(Path path, Path base) {
    if (Files.isRegularFile(path)) {
      return new WeightPlace(path, List.of(file(path)), null, null);
    }
    if (!Files.isDirectory(path)) {
      throw bad(path, "there is no such file or folder");
    }
    if (AdapterFolder.at(path)) {
      AdapterFolder adapter = AdapterFolder.open(path);
      return new WeightPlace(path, sideFiles(path), adapter, open(base(adapter, path, base)));
    }
    List<TensorSource> sources = sideFiles(path);
    MAIN.stream()
        .map(path::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .map(WeightPlace::file)
        .or(() -> others(path))
        .ifPresent(sources::add);
    if (sources.isEmpty()) {
      throw bad(path, "it holds no weights (safetensors, pytorch_model.bin, .pt)");
    }
    return new WeightPlace(path, sources, null, null);
  }

  private static Path base(AdapterFolder adapter, Path path, Path given) {
    if (given != null) {
      return given;
    }
    Path named = path.resolve(adapter.base());
    if (adapter.base().isEmpty() || !Files.exists(named)) {
      throw bad(
          path,
          "it is an adapter, whose base \"" + adapter.base() + "\" is not here. Name its base");
    }
    return named;
  }

  private static List<TensorSource> sideFiles(Path path) {
    List<TensorSource> sources = new ArrayList<>();
    for (String side : SIDE) {
      Stream.of(side + ".safetensors", side + ".bin")
          .map(path::resolve)
          .filter(Files::isRegularFile)
          .findFirst()
          .ifPresent(file -> sources.add(file(file)));
    }
    return sources;
  }

  /** The tensors of one part, under the reference's names; none if the place does not have it. */
  public TensorSource part(Part part) {
    return adapter == null ? plain(part) : adapter.over(plain(part), part);
  }

  private TensorSource plain(Part part) {
    for (TensorSource source : sources) {
      Map<String, String> names = PartNames.in(source, part);
      if (!names.isEmpty()) {
        return new RenamedTensors(source.origin(), source, names);
      }
    }
    return base == null
        ? new RenamedTensors(path.toString(), sources.get(0), Map.of())
        : base.part(part);
  }

  /** The tensors of all parts. */
  public TensorSource whole() {
    return TensorSources.of(Arrays.stream(Part.values()).map(this::part).toList());
  }

  /** What it has for one part. */
  public LoadReport report(Part part, List<ParameterSpec> specs) {
    return LoadReport.of(specs, part(part));
  }

  /**
   * Loads parts.
   *
   * @throws BadCheckpoint if it does not hold exactly these parameters, each a finite number; all
   *     that is wrong with any part is told at once
   */
  public void load(Map<Part, Parameters> parts) {
    Map<Part, List<ParameterSpec>> specs = new EnumMap<>(Part.class);
    parts.forEach((part, parameters) -> specs.put(part, parameters.specs()));
    requireExact(specs);
    parts.forEach(
        (part, parameters) -> {
          TensorSource source = part(part);
          parameters.load(source);
          parameters.requireFinite(source.origin());
        });
  }

  /**
   * Parts in bfloat16, frozen, mapped where their tensors lie in files as such.
   *
   * @throws BadCheckpoint as in {@link #load}
   */
  public Map<Part, Parameters> map(Map<Part, List<ParameterSpec>> specs) {
    requireExact(specs);
    Map<Part, Parameters> parts = new EnumMap<>(Part.class);
    specs.forEach(
        (part, some) -> {
          TensorSource source = part(part);
          Parameters parameters = Parameters.map(some, source);
          parts.put(part, parameters);
          parameters.requireFinite(source.origin());
        });
    return parts;
  }

  /**
   * Compares what it has with what is wanted, without reading any weights.
   *
   * @throws BadCheckpoint as in {@link #load}
   */
  public void requireExact(Map<Part, List<ParameterSpec>> specs) {
    List<LoadReport> reports = new ArrayList<>();
    specs.forEach((part, some) -> reports.add(report(part, some)));
    LoadReport.joined(reports).requireExact();
  }

  static TensorSource file(Path path) {
    String name = path.getFileName().toString();
    // A shard is never an index: one that named itself would be opened without end.
    return name.endsWith(".index.json")
        ? ShardIndex.open(path, WeightPlace::tensors)
        : tensors(path);
  }

  private static TensorSource tensors(Path path) {
    String name = path.getFileName().toString();
    return name.endsWith(".safetensors") ? Safetensors.open(path) : TorchFile.open(path);
  }

  /** Files of other names: shards without an index, a tower's only file. */
  private static Optional<TensorSource> others(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<TensorSource> found =
          files
              .filter(file -> OTHER.matcher(file.getFileName().toString()).matches())
              .filter(file -> !SIDE.contains(stem(file)))
              .sorted()
              .map(WeightPlace::file)
              .toList();
      return found.isEmpty() ? Optional.empty() : Optional.of(TensorSources.of(found));
    } catch (IOException e) {
      throw bad(folder, e.getMessage());
    }
  }

  private static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  private static BadCheckpoint bad(Path path, String why) {
    return new BadCheckpoint("Cannot read weights from " + path + ": " + why + ".");
  }
}
