package org.clapperboard.app;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelExport.SideFormat;
import org.clapperboard.model.Part;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What is written of a stage's model, and how. */
final class ExportOptions {
  @Mixin private WeightFormat format;

  @Option(
      names = "--parts",
      paramLabel = "PARTS",
      defaultValue = "all",
      converter = PartsOption.class,
      description =
          "Parts to write: all, trained (those that the stage trains), or names with commas between: "
              + "vision-encoder, vision-connector, audio-encoder, audio-projector, language-model. "
              + "Default: ${DEFAULT-VALUE}.")
  private Parts parts;

  @Option(
      names = "--adapters",
      description =
          "Write each adapter as a folder in PEFT's layout instead of adding it to its part, and of "
              + "the other parts those that the stage trains, unless --parts names some.")
  private boolean adapters;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "safetensors",
      converter = FormatOption.class,
      description =
          "Files of single parts: safetensors, or bin as the reference keeps the results of its "
              + "stages (mm_projector.bin, for its --pretrain_mm_mlp_adapter). Default: ${DEFAULT-VALUE}.")
  private SideFormat files;

  /**
   * Parts as they were asked for.
   *
   * @param trained whether those are meant that the stage trains
   * @param named the parts, if not
   */
  record Parts(boolean trained, Set<Part> named) {}

  /** Whether adapters become folders of their own. */
  boolean adapters() {
    return adapters;
  }

  /**
   * What was asked for.
   *
   * @param trained the parts that a stage trains
   * @param adapted the parts whose adapters are to be folders of their own
   */
  ModelExport of(Set<Part> trained, Set<Part> adapted) {
    boolean all = parts.named().size() == Part.values().length;
    Set<Part> wanted = EnumSet.noneOf(Part.class);
    wanted.addAll(parts.trained() || (adapters && all) ? trained : parts.named());
    wanted.removeAll(adapted);
    return format.of(wanted, files);
  }

  static final class FormatOption implements ITypeConverter<SideFormat> {
    @Override
    public SideFormat convert(String value) {
      return switch (value) {
        case "safetensors" -> SideFormat.SAFETENSORS;
        case "bin" -> SideFormat.BIN;
        default ->
            throw new TypeConversionException("\"" + value + "\" (expected: safetensors or bin)");
      };
    }
  }

  static final class PartsOption implements ITypeConverter<Parts> {
    private static final List<Part> ALL = List.of(Part.values());

    @Override
    public Parts convert(String value) {
      if (value.equals("all") || value.equals("trained")) {
        return new Parts(value.equals("trained"), EnumSet.allOf(Part.class));
      }
      Set<Part> named = EnumSet.noneOf(Part.class);
      for (String key : value.split(",", -1)) {
        named.add(
            ALL.stream()
                .filter(part -> part.key().equals(key.trim()))
                .findFirst()
                .orElseThrow(() -> unknown(key)));
      }
      return new Parts(false, named);
    }

    private static TypeConversionException unknown(String key) {
      String keys = String.join(", ", Arrays.stream(Part.values()).map(Part::key).toList());
      return new TypeConversionException(
          "\"" + key + "\" (expected: all, trained, or some of " + keys + ")");
    }
  }
}
