package org.clapperboard.model.weights;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.config.BadCheckpoint;

/**
 * What a source has for a set of parameters.
 *
 * @param origin where the tensors come from
 * @param missing parameters the source does not have
 * @param misfits parameters whose shape differs or whose type holds no weights, with both
 * @param unexpected tensors of the source that no parameter asked for
 */
public record LoadReport(
    String origin, List<String> missing, List<String> misfits, Set<String> unexpected) {

  /**
   * Tensors of released checkpoints that say nothing: counted positions, rotary frequencies, the
   * classifier of BEATs, and its one table of relative positions under the names of other layers.
   */
  private static final Pattern SPARE =
      Pattern.compile(
          ".*\\.position_ids|.*\\.inv_freq|model\\.audio_tower\\.predictor\\..*"
              + "|model\\.audio_tower\\..*\\.relative_attention_bias\\.weight");

  public LoadReport {
    missing = List.copyOf(missing);
    misfits = List.copyOf(misfits);
    unexpected = Collections.unmodifiableSet(new TreeSet<>(unexpected));
  }

  /** Compares what is wanted with what is there. */
  public static LoadReport of(List<ParameterSpec> specs, TensorSource source) {
    List<String> missing = new ArrayList<>();
    List<String> misfits = new ArrayList<>();
    Set<String> unexpected = new TreeSet<>(source.names());
    for (ParameterSpec spec : specs) {
      String name = spec.name();
      if (!unexpected.remove(name)) {
        missing.add(name);
      } else if (!source.shape(name).equals(spec.shape())) {
        misfits.add(name + " is " + source.shape(name) + " (expected: " + spec.shape() + ")");
      } else if (!source.dtype(name).holdsWeights()) {
        misfits.add(name + " is " + source.dtype(name) + " (expected: BF16, F16, F32 or F64)");
      }
    }
    unexpected.removeIf(name -> SPARE.matcher(name).matches());
    return new LoadReport(source.origin(), missing, misfits, unexpected);
  }

  /** Several reports as one. */
  public static LoadReport joined(List<LoadReport> reports) {
    List<String> missing = new ArrayList<>();
    List<String> misfits = new ArrayList<>();
    Set<String> unexpected = new TreeSet<>();
    for (LoadReport report : reports) {
      missing.addAll(report.missing());
      misfits.addAll(report.misfits());
      unexpected.addAll(report.unexpected());
    }
    String origin =
        reports.stream().map(LoadReport::origin).distinct().collect(Collectors.joining(", "));
    return new LoadReport(origin, missing, misfits, unexpected);
  }

  /**
   * Refuses a source that lacks something: a half-loaded part would train without complaint.
   *
   * @throws BadCheckpoint if a parameter is missing or does not fit
   */
  public void requireComplete() {
    refuse(Set.of());
  }

  /**
   * Refuses a source that does not hold exactly what is wanted: a deeper encoder has all the names
   * of a shallower one.
   *
   * @throws BadCheckpoint if a parameter is missing or does not fit, or a tensor belongs to none
   */
  public void requireExact() {
    refuse(unexpected);
  }

  private void refuse(Set<String> alsoWrong) {
    String wrong =
        Stream.of(some("missing", missing), some("misfit", misfits), some("unexpected", alsoWrong))
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining("; "));
    if (!wrong.isEmpty()) {
      throw new BadCheckpoint("Cannot load weights from " + origin + ": " + wrong + ".");
    }
  }

  private static String some(String what, Collection<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String more = names.size() > 5 ? " and " + (names.size() - 5) + " more" : "";
    String listed = names.stream().limit(5).collect(Collectors.joining(", "));
    return names.size() + " " + what + ": " + listed + more;
  }
}
