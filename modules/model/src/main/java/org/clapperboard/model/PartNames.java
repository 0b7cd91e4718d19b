package org.clapperboard.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.weights.TensorSource;

/**
 * How checkpoints of all kinds call the parameters of a part: the reference's whole models and side
 * files, adapters' wrappers around them, and the plain encoders and language models that others
 * publish. Group 1 of a pattern is what follows the reference's prefix of the part.
 */
final class PartNames {
  /** What wrappers of PyTorch put before a name: distributed training, low-rank adapters. */
  private static final Pattern WRAPPER = Pattern.compile("^(?:module\\.|base_model\\.model\\.)+");

  private static final Pattern VISION =
      Pattern.compile("(?:(?:model\\.)?vision_tower\\.(?:vision_tower\\.)?)?(vision_model\\..+)");
  private static final Pattern CONNECTOR = Pattern.compile("(?:model\\.)?mm_projector\\.(.+)");
  private static final Pattern PROJECTOR = Pattern.compile("(?:model\\.)?mm_projector_a\\.(.+)");

  /** BEATs' own file has no prefix at all, so its few modules are named. */
  private static final Pattern AUDIO =
      Pattern.compile(
          "(?:model\\.)?audio_tower\\.(.+)"
              + "|((?:patch_embedding|layer_norm|post_extract_proj|predictor"
              + "|encoder\\.(?:pos_conv|layers|layer_norm))\\..+)");

  private static final Pattern DECODER =
      Pattern.compile("(?:model\\.)?((?:embed_tokens|layers|norm)\\..+)");
  private static final Pattern HEAD = Pattern.compile("(lm_head\\..+)");

  private PartNames() {}

  /**
   * The names of a part's tensors in a source, by the reference's names.
   *
   * @throws BadCheckpoint if two of them stand for the same parameter
   */
  static Map<String, String> in(TensorSource source, Part part) {
    Map<String, String> names = new LinkedHashMap<>();
    for (String name : source.names()) {
      String canonical = canonical(part, WRAPPER.matcher(name).replaceFirst(""));
      String other = canonical == null ? null : names.put(canonical, name);
      if (other != null) {
        throw new BadCheckpoint(
            "Cannot load weights from "
                + source.origin()
                + ": "
                + other
                + " and "
                + name
                + " are the same parameter.");
      }
    }
    return names;
  }

  private static String canonical(Part part, String name) {
    return switch (part) {
      case VISION_ENCODER -> rest(VISION, part.prefix(), name);
      case VISION_CONNECTOR -> rest(CONNECTOR, part.prefix(), name);
      case AUDIO_ENCODER -> rest(AUDIO, part.prefix(), name);
      case AUDIO_PROJECTOR -> rest(PROJECTOR, part.prefix(), name);
      case LANGUAGE_MODEL -> {
        String inDecoder = rest(DECODER, "model.", name);
        yield inDecoder == null ? rest(HEAD, "", name) : inDecoder;
      }
    };
  }

  private static String rest(Pattern pattern, String prefix, String name) {
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return null;
    }
    boolean plain = matcher.group(1) == null;
    return prefix + matcher.group(plain ? 2 : 1);
  }
}
