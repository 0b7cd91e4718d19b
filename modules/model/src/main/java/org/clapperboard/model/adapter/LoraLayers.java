package org.clapperboard.model.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import org.clapperboard.model.engine.Pack;

/** What the layers of a pack take as their adapter ({@code torchscript/lora.py}). */
public final class LoraLayers {
  private static final Pack.Tuple NONE = new Pack.Tuple(new NDArray[0], null, 1.0, 0.0);

  private final Lora lora;
  private final List<NDArray[]> matrices;
  private final int part;
  private final Pack pack = Pack.load("adapter");

  /**
   * The adapter of some layers.
   *
   * @param lora the part's adapter, or null if it has none
   * @param part a number of the part's own, so that parts leave out different things
   * @param layers what each layer's names begin with
   * @param weights the weights of a layer, in the order in which the pack takes them
   */
  public LoraLayers(Lora lora, int part, List<String> layers, List<String> weights) {
    this.lora = lora;
    this.part = part;
    String[] names = weights.toArray(String[]::new);
    this.matrices =
        lora == null
            ? List.of()
            : layers.stream().map(layer -> lora.matrices(layer, names)).toList();
  }

  /**
   * What decides in a step of training what dropout leaves out.
   *
   * @param seeds of the rows of x, or null outside of training
   * @param length positions of a row
   * @return (B, L), or null where nothing is left out
   */
  public NDArray keys(NDManager scope, RowSeeds seeds, int length) {
    return leavesOut(seeds)
        ? pack.tensor(
            scope, "keys", seeds.stepSeed(), places(scope, seeds), part, length, lora.any())
        : null;
  }

  /**
   * The same keys for rows that hold several samples.
   *
   * @param seeds of every position (B L), or null outside of training
   * @param at (B, 1, L) the place of each position in its sample
   * @return (B, L), or null where nothing is left out
   */
  public NDArray keys(NDManager scope, RowSeeds seeds, NDArray at) {
    return leavesOut(seeds)
        ? pack.tensor(scope, "packed_keys", seeds.stepSeed(), places(scope, seeds), part, at)
        : null;
  }

  private boolean leavesOut(RowSeeds seeds) {
    return lora != null && seeds != null && lora.config().dropout() > 0;
  }

  private static NDArray places(NDManager scope, RowSeeds seeds) {
    return scope.create(Arrays.stream(seeds.places()).asLongStream().toArray());
  }

  /** The argument of a layer. */
  public Pack.Tuple of(NDManager scope, int layer, NDArray keys) {
    if (lora == null) {
      return NONE;
    }
    NDArray own = keys == null ? null : pack.tensor(scope, "layer_keys", keys, layer);
    LoraConfig config = lora.config();
    return new Pack.Tuple(matrices.get(layer), own, config.factor(), config.dropout());
  }

  /** The argument of all layers at once, where nothing is left out. */
  public Pack.Tuple ofAll() {
    if (lora == null) {
      return NONE;
    }
    NDArray[] all = matrices.stream().flatMap(Arrays::stream).toArray(NDArray[]::new);
    return new Pack.Tuple(all, null, lora.config().factor(), lora.config().dropout());
  }
}
