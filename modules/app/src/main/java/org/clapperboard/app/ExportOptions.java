package org.clapperboard.app;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelExport.SideFormat;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Dtype;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How weights are written: type, file size, which parts. */
public final class ExportOptions {
  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "fp32",
      converter = DtypeOption.class,
      description = "Type of the weights: fp32, or bf16 with half the size. Default: fp32.")
  private Dtype dtype;

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      defaultValue = "5GB",
      converter = SizeOption.class,
      description = "Largest file of weights, such as 500MB or 5GB. Default: ${DEFAULT-VALUE}.")
  private long shardBytes;

  @Option(
      names = "--parts",
      paramLabel = "PARTS",
      defaultValue = "all",
      converter = PartsOption.class,
      description = {
        "Parts to write: all, trained (those that the stage trains), or names with commas between:",
        "vision-encoder, vision-connector, audio-encoder, audio-projector, language-model.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Parts parts;

  @Option(
      names = "--adapters",
      description = {
        "Write each adapter as a folder in PEFT's layout instead of adding it to its part, and of",
        "the other parts those that the stage trains, unless --parts names some."
      })
  private boolean adapters;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "safetensors",
      converter = FormatOption.class,
      description = {
        "Files of single parts: safetensors, or bin as the reference keeps the results of its",
        "stages (mm_projector.bin, for its --pretrain_mm_mlp_adapter). Default: ${DEFAULT-VALUE}."
      })
  private SideFormat format;

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
    return new ModelExport(wanted, dtype, shardBytes, format);
  }

  /** A type of weights. */
  public static final class DtypeOption implements ITypeConverter<Dtype> {
    private static final Map<String, Dtype> NAMES = Map.of("fp32", Dtype.F32, "bf16", Dtype.BF16);

    @Override
    public Dtype convert(String value) {
      Dtype dtype = NAMES.get(value);
      if (dtype == null) {
        throw new TypeConversionException("\"" + value + "\" (expected: fp32 or bf16)");
      }
      return dtype;
    }
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

  /** Sizes with the decimal units that Hugging Face uses. */
  public static final class SizeOption implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?) ?([KMGT])B");

    @Override
    public Long convert(String value) {
      Matcher size = SIZE.matcher(value.toUpperCase(Locale.ROOT));
      if (!size.matches() || new BigDecimal(size.group(1)).signum() == 0) {
        throw new TypeConversionException("\"" + value + "\" (expected: a size such as 5GB)");
      }
      int thousands = 1 + "KMGT".indexOf(size.group(2));
      return new BigDecimal(size.group(1)).scaleByPowerOfTen(3 * thousands).longValueExact();
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
