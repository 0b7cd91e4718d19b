package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;

/**
 * A slice that is updated where layers compute. In host memory is a copy of it, from which it
 * begins and which checkpoints save; each is brought up to date when it is asked for.
 */
final class MirroredSlice {
  private final Pack tensors = Pack.load("tensors");
  private final SliceTensors host;
  private final SliceTensors device;
  private boolean hostIsAhead = true;
  private boolean deviceIsAhead;

  /**
   * Room for a rank's slice beside its layers.
   *
   * @param host the same in host memory; of a rank alone gradients stay on the device, these are
   */
  MirroredSlice(
      NDManager scope, Parameters parameters, Slices slices, int rank, SliceTensors host) {
    this.host = host;
    NDArray flat = parameters.computedFlat();
    long[] length = {slices.length(rank)};
    NDArray weights = tensors.tensor(scope, "part", flat, slices.start(rank), length);
    this.device =
        new SliceTensors(
            weights,
            parameters.dtype() == Dtype.BF16 ? zeros(scope, flat, length) : weights,
            slices.worldSize() == 1 ? host.gradients() : zeros(scope, flat, length),
            zeros(scope, flat, length),
            zeros(scope, flat, length));
  }

  private NDArray zeros(NDManager scope, NDArray like, long[] length) {
    return tensors.tensor(scope, "zeros_beside", like, length, ShardedAdamW.FLOAT32);
  }

  /** The slice on the device. */
  SliceTensors device() {
    return device;
  }

  /** Somebody writes into host memory next: of what is there, the rest counts as well. */
  void beginWriting() {
    fetch();
    hostIsAhead = true;
  }

  /** Brings the gradients there that ranks have exchanged in host memory. */
  void sendGradients() {
    if (device.gradients() != host.gradients()) {
      tensors.run("copy", device.gradients(), host.gradients());
    }
  }

  /** Brings what was written into host memory to the device, which an update changes next. */
  void beginUpdate() {
    if (hostIsAhead) {
      copy(device.state(), host.state());
      hostIsAhead = false;
    }
    deviceIsAhead = true;
  }

  /** Brings the weights alone to host memory, for the exchange. */
  void fetchWeights() {
    tensors.run("copy", host.weights(), device.weights());
  }

  /** Brings to host memory what updates have changed. */
  void fetch() {
    if (deviceIsAhead) {
      copy(host.state(), device.state());
      deviceIsAhead = false;
    }
  }

  private void copy(List<NDArray> targets, List<NDArray> sources) {
    for (int i = 0; i < targets.size(); i++) {
      tensors.run("copy", targets.get(i), sources.get(i));
    }
  }
}
