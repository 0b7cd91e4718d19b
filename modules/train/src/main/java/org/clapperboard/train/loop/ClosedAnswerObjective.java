package org.clapperboard.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.clapperboard.data.Exchange;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.train.config.ObjectiveConfig.ClosedAnswers;

/** An encoder learns, through a linear head for each question, to tell its answers apart. */
final class ClosedAnswerObjective implements Objective {
  private final VideoLlama2 model;
  private final Part encoder;
  private final ClosedAnswers config;
  private final Map<String, List<String>> answers;
  private final List<String> questions;
  private final Parameters heads;
  private final Activations activations;
  private final Pack pack = Pack.load("heads");

  /**
   * An objective for one encoder.
   *
   * @param answers the closed set of answers of each question
   * @param device what layers compute on, by PyTorch's name, or null for the host's processors
   */
  ClosedAnswerObjective(
      VideoLlama2 model,
      Part encoder,
      ClosedAnswers config,
      Map<String, List<String>> answers,
      Activations activations,
      long seed,
      String device) {
    this.model = model;
    this.encoder = encoder;
    this.config = config;
    this.activations = activations;
    this.answers = new TreeMap<>(answers);
    this.questions = List.copyOf(this.answers.keySet());
    int width =
        encoder == Part.VISION_ENCODER
            ? model.config().sight().encoder().width()
            : model.config().hearing().encoder().width();
    List<ParameterSpec> specs = new ArrayList<>();
    for (int head = 0; head < questions.size(); head++) {
      int classes = this.answers.get(questions.get(head)).size();
      specs.add(ParameterSpec.fanIn("heads." + head + ".weight", width, classes, width));
      specs.add(ParameterSpec.constant("heads." + head + ".bias", 0, classes));
    }
    this.heads = Parameters.allocate(specs);
    heads.initialise(seed);
    if (device != null) {
      heads.computeOn(device);
    }
  }

  @Override
  public List<List<SampleLoss>> backward(
      long stepSeed, List<MicroBatch> batches, ShardedUpdate update) {
    List<List<SampleLoss>> losses = new ArrayList<>();
    for (MicroBatch batch : batches) {
      update.working(List.of(batch));
      losses.add(backward(stepSeed, batch));
      update.collect();
    }
    return losses;
  }

  private List<SampleLoss> backward(long stepSeed, MicroBatch batch) {
    List<Item> items = batch.items();
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            Tape tape = new Tape(activations);
            NDArray tokens = tokens(scope, stepSeed, items, tape);
            NDArray pooled =
                pack.tensor(scope, "pool", tokens, config.segments(), tokensWithoutPlace());
            int[] counts = new int[items.size()];
            double[] sums = new double[items.size()];
            NDArray total = scope.create(0f);
            for (int head = 0; head < questions.size(); head++) {
              Labels labels = labels(head, items);
              if (labels.size() > 0) {
                total = total.add(loss(scope, pooled, head, labels, counts, sums));
              }
            }
            tape.backward(scope, total);
            return IntStream.range(0, counts.length)
                .mapToObj(i -> new SampleLoss(counts[i], sums[i]))
                .toList();
          }
        });
  }

  @Override
  public int length(Item item) {
    return item.example().ids().length;
  }

  private NDArray loss(
      NDManager scope, NDArray pooled, int head, Labels labels, int[] counts, double[] sums) {
    String question = questions.get(head);
    List<NDArray> both =
        pack.tensors(
            scope,
            "loss",
            pooled,
            scope.create(labels.at()),
            heads.tensor("heads." + head + ".weight"),
            heads.tensor("heads." + head + ".bias"),
            scope.create(labels.classes()),
            config.weights().getOrDefault(question, 1.0));
    float[] each = both.get(1).toFloatArray();
    for (int i = 0; i < each.length; i++) {
      counts[labels.items()[i]]++;
      sums[labels.items()[i]] += each[i];
    }
    return both.get(0);
  }

  /**
   * The labels of one head in a batch.
   *
   * @param items the item of each
   * @param at its row among the pooled tokens
   * @param classes the class that is right
   */
  private record Labels(int[] items, long[] at, long[] classes) {
    int size() {
      return items.length;
    }
  }

  private Labels labels(int head, List<Item> items) {
    String question = questions.get(head);
    List<String> classes = answers.get(question);
    List<long[]> found = new ArrayList<>();
    for (int item = 0; item < items.size(); item++) {
      List<Exchange> exchanges = items.get(item).exchanges();
      for (int i = 0; i < exchanges.size(); i++) {
        if (exchanges.get(i).question().equals(question)) {
          long segment = config.segments() == 1 ? 0 : i;
          long row = (long) item * config.segments() + segment;
          found.add(new long[] {item, row, classes.indexOf(exchanges.get(i).answer())});
        }
      }
    }
    return new Labels(
        found.stream().mapToInt(label -> (int) label[0]).toArray(),
        found.stream().mapToLong(label -> label[1]).toArray(),
        found.stream().mapToLong(label -> label[2]).toArray());
  }

  private NDArray tokens(NDManager scope, long stepSeed, List<Item> items, Tape tape) {
    List<Media> media = items.stream().flatMap(item -> item.example().media().stream()).toList();
    if (encoder == Part.AUDIO_ENCODER) {
      NDArray banks = model.banks(scope, media.stream().map(Media::bank).toList());
      return model.audioEncoder().features(scope, banks, Item.seeds(stepSeed, items), tape);
    }
    NDArray pixels = model.pixels(scope, media.stream().map(Media::clip).toList());
    List<NDArray> states = model.visionEncoder().hiddenStates(scope, pixels);
    return states.get(states.size() - 1);
  }

  /** CLIP's class token stands before the patches. */
  private int tokensWithoutPlace() {
    return encoder == Part.VISION_ENCODER && model.config().sight().encoder().hasClassToken()
        ? 1
        : 0;
  }

  @Override
  public Optional<Parameters> ownParameters() {
    return Optional.of(heads);
  }

  @Override
  public void close() {
    heads.close();
  }
}
