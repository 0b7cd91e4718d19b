package org.clapperboard.app;

import java.math.BigDecimal;
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

/** How weights are written: type and file size. */
public final class WeightFormat {
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

  /** An export of these parts. */
  ModelExport of(Set<Part> parts, SideFormat files) {
    return new ModelExport(parts, dtype, shardBytes, files);
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
}
