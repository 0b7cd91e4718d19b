package org.clapperboard.model.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.clapperboard.model.engine.Pack;

/**
 * Keys and values of the positions a batch has been through, so that a further token costs one
 * position and not all of them. Rows of different lengths are padded on the left.
 */
public final class KvCache implements AutoCloseable {
  private final NDManager scope;
  private final List<NDArray> tensors = new ArrayList<>();
  private final int[] padding;
  private final int longest;
  private int length;

  /** An empty cache, whose elements are of the type of {@code like}. */
  KvCache(
      NDManager parent, DecoderConfig config, Pack pack, NDArray like, int[] padding, int longest) {
    this.scope = parent.newSubManager();
    this.padding = padding.clone();
    this.longest = longest;
    long[] shape = {padding.length, config.kvHeads(), longest, config.headWidth()};
    for (int layer = 0; layer < config.layers(); layer++) {
      tensors.add(pack.tensor(scope, "empty_cache", like, shape));
      tensors.add(pack.tensor(scope, "empty_cache", like, shape));
    }
  }

  /** Positions filled so far, padding included. */
  public int length() {
    return length;
  }

  /** Keys and values (B, K, longest, d) of each layer, one after the other. */
  List<NDArray> tensors() {
    return tensors;
  }

  /** Keys and values of a layer. */
  List<NDArray> tensors(int layer) {
    return tensors.subList(2 * layer, 2 * layer + 2);
  }

  void extend(int positions) {
    length += positions;
  }

  /** Positions (B, 1, n) of the next n tokens of each row, counted from its first real one. */
  NDArray positions(NDManager inner, int next) {
    if (length + next > longest) {
      throw new IllegalArgumentException(
          "the cache has room for " + longest + " positions, not " + (length + next));
    }
    long[] positions = new long[padding.length * next];
    for (int row = 0; row < padding.length; row++) {
      for (int i = 0; i < next; i++) {
        positions[row * next + i] = Math.max(0, length + i - padding[row]);
      }
    }
    return inner.create(positions, new Shape(padding.length, 1, next));
  }

  /**
   * What the next n tokens may see, (B, 1, n, filled + n): what is not padding and not after them.
   * A padding position sees itself, since attention to nothing would not be a number.
   *
   * @param lookBack how many positions before itself a position sees, 0 for all
   * @return null if that is all up to themselves, which attention has faster ways for
   */
  NDArray mask(NDManager inner, int next, int lookBack) {
    boolean padded = Arrays.stream(padding).anyMatch(left -> left > 0);
    if (!padded && lookBack == 0 && (length == 0 || next == 1)) {
      return null;
    }
    int total = length + next;
    boolean[] mask = new boolean[padding.length * next * total];
    for (int row = 0; row < padding.length; row++) {
      for (int i = 0; i < next; i++) {
        int at = (row * next + i) * total;
        int first = lookBack == 0 ? 0 : Math.max(0, length + i - lookBack);
        for (int j = first; j <= length + i; j++) {
          mask[at + j] = j >= padding[row] || j == length + i;
        }
      }
    }
    return inner.create(mask, new Shape(padding.length, 1, next, total));
  }

  @Override
  public void close() {
    scope.close();
  }
}
