package org.clapperboard.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.app.Console;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.TcpCollective;
import org.clapperboard.model.Example;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.loop.MeasuredTraining;
import org.clapperboard.train.loop.MeasuredTraining.Phase;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerState;
import org.clapperboard.train.optimizer.StateRoom;

/**
 * Our training steps as a process of its own: {@code SIZE DTYPE STAGE ACTIVATIONS THREADS} and, for
 * steps on a GPU, its name such as {@code cuda:0} and where the optimizer's state lies are its
 * arguments, and its standard input asks as {@code step.py} is asked: {@code steps N}, {@code
 * layers N} for the decoder's layers alone, {@code products} for the rate of square products.
 */
final class StepRun implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final OptimizerConfig ADAMW = new OptimizerConfig(1e-3, 0.9, 0.999, 1e-8, 0.01, 1);

  /**
   * Where steps are computed.
   *
   * @param device by PyTorch's name, or null for the processors
   * @param state where the optimizer's state lies
   */
  record Place(String device, OptimizerState state) {
    static final Place PROCESSORS = new Place(null, OptimizerState.MEMORY);
  }

  /** Square products whose rate is taken. */
  private static final int MATRIX = 2048;

  /**
   * As many take long enough for the clock of processors, which ticks in hundredths of a second.
   */
  private static final int PRODUCTS = 10;

  private static final int LAPS = 3;

  private final StepCase step;
  private final VideoLlama2 model;
  private final Collective ranks;
  private final MeasuredTraining training;
  private final List<Example> batch;
  private final Pack products = Pack.load("products");

  /**
   * Loads the weights.
   *
   * @param place what layers compute on
   */
  StepRun(StepCase step, Place place) throws IOException {
    this.step = step;
    VideoLlama2 allocated = VideoLlama2.allocate(step.size().config(), step.dtype());
    Map<Part, TensorSource> masters = new EnumMap<>(Part.class);
    Map<String, Boolean> decays = new HashMap<>();
    allocated
        .parameters()
        .forEach(
            (part, parameters) -> {
              HashedWeights weights = new HashedWeights(parameters.specs());
              parameters.load(weights);
              if (step.stage().parts().contains(part)) {
                masters.put(part, weights);
              }
              for (ParameterSpec spec : parameters.specs()) {
                decays.put(spec.name(), spec.shape().dimension() > 1);
              }
              if (place.device() != null) {
                parameters.computeOn(place.device());
              }
            });
    // Layers take their tensors when they are made.
    this.model =
        place.device() == null
            ? allocated
            : VideoLlama2.of(allocated.config(), allocated.parameters());
    this.batch = step.size().batch();
    this.ranks = alone();
    this.training =
        new MeasuredTraining(
            model,
            masters,
            decays::get,
            ADAMW,
            step.activations(),
            batch.size(),
            ranks,
            StateRoom.of(place.state(), null));
  }

  /** A rank among no others, as in a stage that one executor trains. */
  private static Collective alone() throws IOException {
    ServerSocketChannel listener = TcpCollective.listen(InetAddress.getLoopbackAddress());
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    List<Peer> self = List.of(new Peer("127.0.0.1", port));
    return TcpCollective.connect(
        listener, 0, self, JobKey.random("steps"), CollectiveOptions.defaults());
  }

  /** Takes steps until its standard input ends. */
  public static void main(String[] arguments) throws IOException {
    Console console = new Console();
    StepCase step =
        new StepCase(
            StepSizes.valueOf(arguments[0]),
            Dtype.valueOf(arguments[1]),
            StepCase.Stage.valueOf(arguments[2]),
            Activations.valueOf(arguments[3]),
            Integer.parseInt(arguments[4]));
    TorchEngine.start(step.threads());
    Place place =
        arguments.length > 5
            ? new Place(arguments[5], OptimizerState.valueOf(arguments[6]))
            : Place.PROCESSORS;
    try (StepRun run = new StepRun(step, place)) {
      console.line("{}");
      BufferedReader requests =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        String[] asked = line.split(" ", 2);
        ObjectNode answer =
            switch (asked[0]) {
              case "steps" -> run.steps(Integer.parseInt(asked[1]));
              case "layers" -> run.layers(Integer.parseInt(asked[1]));
              default -> run.products();
            };
        console.line("%s", JSON.writeValueAsString(answer));
      }
    }
  }

  /** Takes steps; times are means of one. */
  ObjectNode steps(int count) throws IOException {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode losses = answer.putArray("losses");
    Map<Phase, Double> phases = new EnumMap<>(Phase.class);
    double[] norm = new double[1];
    Lap lap =
        Lap.of(
            () -> {
              for (int i = 0; i < count; i++) {
                MeasuredTraining.Step taken = training.step(batch);
                losses.add(taken.loss());
                norm[0] = taken.norm();
                taken.seconds().forEach((phase, time) -> phases.merge(phase, time, Double::sum));
              }
            });
    phases.forEach(
        (phase, time) -> answer.put(phase.name().toLowerCase(Locale.ROOT), time / count));
    return timed(answer.put("norm", norm[0]), lap, count);
  }

  private static ObjectNode timed(ObjectNode answer, Lap lap, int count) {
    return answer
        .put("seconds", lap.seconds() / count)
        .put("cpu_seconds", lap.processorSeconds() / count);
  }

  /** Takes the decoder's layers forward and backward, which adds to gradients nobody asks for. */
  private ObjectNode layers(int count) throws IOException {
    long positions = (long) step.size().clipPositions() + step.size().text();
    long[] shape = {batch.size(), positions, step.size().config().language().width()};
    int dtype = step.dtype() == Dtype.F32 ? 6 : 15;
    Lap lap =
        Lap.of(
            () -> {
              for (int i = 0; i < count; i++) {
                TorchEngine.withGradients(() -> throughLayers(shape, dtype));
              }
            });
    return timed(JSON.createObjectNode(), lap, count);
  }

  private Void throughLayers(long[] shape, int dtype) {
    try (NDManager scope = TorchEngine.newScope()) {
      Tape tape = new Tape(step.activations());
      NDArray x = products.tensor(scope, "states", shape, dtype);
      x.setRequiresGradient(true);
      NDArray y = model.languageModel().hidden(scope, x, null, new ArrayList<>(), tape);
      tape.backward(scope, products.tensor(scope, "total", y));
      return null;
    }
  }

  /** The best of some products of square matrices, for each second of a processor. */
  private ObjectNode products() throws IOException {
    ObjectNode answer = JSON.createObjectNode();
    for (Dtype dtype : List.of(Dtype.F32, Dtype.BF16)) {
      double best = Double.MAX_VALUE;
      try (NDManager scope = TorchEngine.newScope()) {
        int type = dtype == Dtype.F32 ? 6 : 15;
        NDArray x = products.tensor(scope, "matrix", MATRIX, type);
        NDArray w = products.tensor(scope, "matrix", MATRIX, type);
        for (int lap = 0; lap < LAPS; lap++) {
          best = Math.min(best, Lap.of(() -> multiply(scope, x, w)).processorSeconds() / PRODUCTS);
        }
      }
      answer.put(dtype.name(), 2 * Math.pow(MATRIX, 3) / best / 1e9);
    }
    return answer;
  }

  private void multiply(NDManager scope, NDArray x, NDArray w) {
    for (int i = 0; i < PRODUCTS; i++) {
      products.tensor(scope, "product", x, w).close();
    }
  }

  @Override
  public void close() {
    training.close();
    ranks.close();
    model.close();
  }
}
