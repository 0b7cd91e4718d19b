package org.clapperboard.model.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.clapperboard.config.BadCheckpoint;

/**
 * What a source has for a set of parameters.
 *
 * @param origin where the tensors come from
 * @param missing parameters the source does not have
 * @param misshapen parameters whose shape differs, with both shapes
 * @param unexpected tensors of the source that no parameter asked for
 */
public record LoadReport(
    String origin, List<String> missing, List<String> misshapen, Set<String> unexpected) {

  public LoadReport {
    missing = List.copyOf(missing);
    misshapen = List.copyOf(misshapen);
    unexpected = Set.copyOf(unexpected);
  }

  /** Compares what is wanted with what is there. */
  public static LoadReport of(List<ParameterSpec> specs, TensorSource source) {
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    Set<String> unexpected = new TreeSet<>(source.names());
    for (ParameterSpec spec : specs) {
      if (!unexpected.remove(spec.name())) {
        missing.add(spec.name());
      } else if (!source.shape(spec.name()).equals(spec.shape())) {
        misshapen.add(
            spec.name() + " is " + source.shape(spec.name()) + " (expected: " + spec.shape() + ")");
      }
    }
    return new LoadReport(source.origin(), missing, misshapen, unexpected);
  }

  /**
   * Refuses a source that lacks something: a half-loaded part would train without complaint.
   *
   * @throws BadCheckpoint if a parameter is missing or has another shape
   */
  public void requireComplete() {
    if (!missing.isEmpty() || !misshapen.isEmpty()) {
      throw new BadCheckpoint(
          "Cannot load weights from "
              + origin
              + ": "
              + some("missing", missing)
              + (missing.isEmpty() || misshapen.isEmpty() ? "" : "; ")
              + some("of another shape", misshapen));
    }
  }

  private static String some(String what, List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String more = names.size() > 5 ? " and " + (names.size() - 5) + " more" : "";
    String listed = names.stream().limit(5).collect(Collectors.joining(", "));
    return names.size() + " tensors " + what + ": " + listed + more;
  }
}
