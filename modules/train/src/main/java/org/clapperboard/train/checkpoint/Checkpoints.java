package org.clapperboard.train.checkpoint;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.DamagedCheckpoint;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.clapperboard.train.optimizer.ShardedAdamW.State;

/**
 * The saved states of a stage: parameters and moments of what trains, cut into slices by rank. Both
 * are float32, also where the model's own parameters are rounded from them.
 *
 * <p>Every rank writes a file of its own into a folder that belongs to this attempt; when all are
 * there, rank 0 creates the manifest, once. What has no manifest is no checkpoint, so a kill at any
 * moment leaves the old one or the new one. Slices carry their place in the flat parameters:
 * another number of ranks can read them.
 */
public final class Checkpoints {
  private static final Pattern MANIFEST = Pattern.compile("step-(\\d+)\\.json");
  private static final int CHUNK_ELEMENTS = 1 << 22;

  private final Folder folder;
  private final String stage;
  private final String inputs;
  private final int keep;

  /** The checkpoints of a stage in a folder. */
  public Checkpoints(Folder folder, String stage, String inputs, int keep) {
    this.folder = folder;
    this.stage = stage;
    this.inputs = inputs;
    this.keep = keep;
  }

  /**
   * A checkpoint that is whole.
   *
   * @param step steps done
   */
  public record Found(long step, Manifest manifest) implements Serializable {}

  /**
   * What an optimizer is called that updates a part of the parameters of a name.
   *
   * @param start of it in those parameters, in elements
   */
  public static String name(String name, long start) {
    return name + "@" + start;
  }

  /** Whose parameters an optimizer updates that is called so. */
  public static String parameters(String name) {
    return name.replaceFirst("@.*", "");
  }

  private static long start(String name) {
    int at = name.indexOf('@');
    return at < 0 ? 0 : Long.parseLong(name.substring(at + 1));
  }

  /** States by name, taken in the same way from each. */
  static Map<String, State> states(
      Map<String, ShardedAdamW> trained, Function<ShardedAdamW, State> of) {
    Map<String, State> states = new LinkedHashMap<>();
    trained.forEach((name, optimizer) -> states.put(name, of.apply(optimizer)));
    return states;
  }

  /**
   * Writes the file of a rank, and reads it back: what a disk or a store has lost on the way must
   * be known while older checkpoints are there.
   *
   * @param states of what trains, by name
   */
  Manifest.RankFile write(long step, String attempt, Map<String, State> states, int rank)
      throws IOException {
    Folder own = folder.folder(attempt).folder(String.format(Locale.ROOT, "step-%06d", step));
    String file = "rank-" + rank + ".safetensors";
    String written = write(own, file, states);
    String found;
    try (InputStream in = own.open(file)) {
      found = DigestUtils.sha256Hex(in);
    }
    if (!found.equals(written)) {
      throw new IOException(
          String.format("%s is read back as %s (written: %s)", own.path(file), found, written));
    }
    String name = attempt + "/" + own.path().getName() + "/" + file;
    return new Manifest.RankFile(name, own.size(file), written);
  }

  private String write(Folder own, String file, Map<String, State> states) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(Dtype.F32);
    states.forEach(
        (name, state) -> {
          Shape shape = new Shape(state.values().count());
          String at = name(parameters(name), start(name) + state.start());
          writer
              .add("values/" + at, shape, state.values())
              .add("first/" + at, shape, state.first())
              .add("second/" + at, shape, state.second());
        });
    try (HashingStream out =
        new HashingStream(new BufferedOutputStream(own.create(file), 1 << 20))) {
      writer.write(out, Map.of("stage", stage));
      return out.hash();
    }
  }

  /** Makes the files of all ranks a checkpoint, and removes those that are old then. */
  void commit(long step, long updates, Position position, List<Manifest.RankFile> files)
      throws IOException {
    Manifest manifest = new Manifest(stage, inputs, step, updates, position, files.size(), files);
    if (whole(manifestName(step)).isEmpty()) {
      // Left by an attempt whose files are gone or harmed: nothing could go on from it.
      folder.delete(manifestName(step));
    }
    folder.createOnce(manifestName(step), manifest.toJson());
    removeOld();
  }

  /** A store may be well again after a while: another attempt is worth it. */
  WorkerLost notSaved(long step, Throwable cause) {
    return new WorkerLost(
        String.format(
            "Cannot save step %d of %s in %s: %s. What was saved before is as it was, and is gone"
                + " on from. If the place is full or cannot be written to, change that and start"
                + " again.",
            step, stage, folder, cause.getMessage()),
        cause);
  }

  /** The newest checkpoint whose files are all there and unharmed, if there is one. */
  public Optional<Found> newest() {
    try {
      List<String> manifests = new ArrayList<>(folder.files());
      Collections.reverse(manifests);
      for (String name : manifests) {
        Matcher matcher = MANIFEST.matcher(name);
        Optional<Manifest> manifest = matcher.matches() ? whole(name) : Optional.empty();
        if (manifest.isPresent()) {
          return Optional.of(new Found(Long.parseLong(matcher.group(1)), manifest.get()));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new BadCheckpoint(
          "Cannot look for checkpoints in " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The manifest of that name, if it is one and all its files are there. */
  private Optional<Manifest> whole(String name) throws IOException {
    byte[] json = folder.read(name);
    Optional<Manifest> manifest = json == null ? Optional.empty() : Manifest.fromJson(json);
    if (manifest.isPresent()) {
      for (Manifest.RankFile file : manifest.get().files()) {
        if (!folder.has(file.name()) || folder.size(file.name()) != file.bytes()) {
          return Optional.empty();
        }
      }
    }
    return manifest;
  }

  /**
   * Restores a state: all parameters, and the moments of this rank's slices.
   *
   * @param position where the stage is in its samples after that step
   * @throws DamagedCheckpoint if a file was changed
   * @throws BadCheckpoint if it belongs to another configuration, or cannot be read
   */
  public void restore(Found found, Position position, Map<String, ShardedAdamW> trained) {
    Manifest manifest = found.manifest();
    if (!manifest.inputs().equals(inputs)) {
      throw new BadCheckpoint(
          "Cannot continue "
              + stage
              + " from step "
              + found.step()
              + ": its configuration, its data or its starting weights have changed since. Undo the"
              + " change, or delete "
              + folder
              + " to start the stage again.");
    }
    if (manifest.position() != null && !manifest.position().equals(position)) {
      throw new BadCheckpoint(
          String.format(
              "Cannot continue %s from step %d: its samples would go on at %s (expected: %s). Go on"
                  + " with the version that began the stage, or delete %s to start it again.",
              stage, found.step(), position, manifest.position(), folder));
    }
    for (Manifest.RankFile file : manifest.files()) {
      String path = folder.path(file.name()).toString();
      try (LocalCopy copy = LocalCopy.of(path, folder.configuration())) {
        requireUnharmed(copy, path, file, found.step());
        Safetensors tensors = Safetensors.open(copy.path());
        trained.forEach((name, optimizer) -> restore(tensors, name, optimizer));
      }
    }
    trained.values().forEach(optimizer -> optimizer.resumeAt(manifest.updates()));
  }

  /**
   * Opens the values of a checkpoint.
   *
   * @throws DamagedCheckpoint if a file was changed
   */
  public SavedValues open(Found found) {
    SavedValues values = new SavedValues();
    try {
      for (Manifest.RankFile file : found.manifest().files()) {
        String path = folder.path(file.name()).toString();
        LocalCopy copy = values.add(LocalCopy.of(path, folder.configuration()));
        requireUnharmed(copy, path, file, found.step());
        values.add(Safetensors.open(copy.path()));
      }
      return values;
    } catch (RuntimeException e) {
      values.close();
      throw e;
    }
  }

  private void requireUnharmed(LocalCopy copy, String path, Manifest.RankFile file, long step) {
    String hash = copy.hash();
    if (!hash.equals(file.sha256())) {
      throw new DamagedCheckpoint(
          "Cannot go on from step "
              + step
              + " of "
              + stage
              + ": the SHA-256 of "
              + path
              + " is "
              + hash
              + " (expected: "
              + file.sha256()
              + ").");
    }
  }

  /**
   * Takes a checkpoint out of those that can be gone on from. Its files stay, and its manifest does
   * as {@code damaged-step-....json}.
   */
  public void setAside(Found found) throws IOException {
    String name = manifestName(found.step());
    folder.delete("damaged-" + name);
    folder.createOnce("damaged-" + name, found.manifest().toJson());
    folder.delete(name);
  }

  private static void restore(Safetensors tensors, String name, ShardedAdamW optimizer) {
    long from = start(name);
    long end = from + optimizer.parameters().elements();
    for (String tensor : tensors.names()) {
      SavedSlice slice = SavedSlice.of(tensor, tensors);
      if (!slice.name().equals(parameters(name))) {
        continue;
      }
      long low = Math.max(from, slice.start());
      long high = Math.min(end, slice.start() + slice.count());
      FloatBuffer chunk =
          FloatBuffer.allocate((int) Math.max(0, Math.min(high - low, CHUNK_ELEMENTS)));
      for (long at = low; at < high; at += chunk.limit()) {
        chunk.clear().limit((int) Math.min(chunk.capacity(), high - at));
        slice.read(at, chunk);
        restore(slice.kind(), at - from, chunk.flip(), optimizer);
      }
    }
  }

  private static void restore(String kind, long start, FloatBuffer stored, ShardedAdamW optimizer) {
    switch (kind) {
      case "values" -> optimizer.restoreValues(start, stored);
      case "first" -> optimizer.restoreOwn(optimizer.first(), start, stored);
      case "second" -> optimizer.restoreOwn(optimizer.second(), start, stored);
      default -> throw new BadCheckpoint("Cannot restore the tensors " + kind + ".");
    }
  }

  /** Keeps the newest checkpoints, and of those only what their manifests name. */
  private void removeOld() throws IOException {
    List<String> manifests =
        folder.files().stream().filter(name -> MANIFEST.matcher(name).matches()).toList();
    for (String name : manifests.subList(0, Math.max(0, manifests.size() - keep))) {
      Optional<Manifest> manifest = Manifest.fromJson(folder.read(name));
      folder.delete(name);
      if (manifest.isPresent()) {
        for (Manifest.RankFile file : manifest.get().files()) {
          folder.delete(file.name());
        }
      }
    }
  }

  /** Removes all checkpoints, once a stage is finished. */
  public void removeAll() throws IOException {
    folder.delete();
  }

  private static String manifestName(long step) {
    return String.format(Locale.ROOT, "step-%06d.json", step);
  }
}
