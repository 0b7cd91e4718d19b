package org.clapperboard.data.shard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.BadData;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;

/**
 * A dataset that is ready for training: what {@code dataset.json} says. That file is written last,
 * so that a dataset is either complete or not there.
 *
 * @param schema version of this file and of the shards' columns
 * @param name name of the dataset
 * @param recipeHash hash of all that decided its content: recipe, root, settings of preparation
 * @param content hash of its samples and their order; see {@link ContentHash}
 * @param decoder what decoded its media, empty if there are none
 * @param modality what its samples show
 * @param counts how many rows and samples went which way
 * @param quarantine what of them cannot be used
 * @param frameCounts numbers of frames that clips can be shown with
 * @param picture what was made of every frame and picture
 * @param sound by whose rules sounds were brought to one length
 * @param soundSeconds that length
 * @param answers for each question the answers it has, sorted, where both are few; else empty
 * @param shards its shards
 * @param about what its recipe tells of it
 */
public record PreparedDataset(
    @JsonProperty("schema") String schema,
    @JsonProperty("name") String name,
    @JsonProperty("recipeHash") String recipeHash,
    @JsonProperty("content") String content,
    @JsonProperty("decoder") String decoder,
    @JsonProperty("modality") String modality,
    @JsonProperty("counts") Counts counts,
    @JsonProperty("quarantine") Quarantine quarantine,
    @JsonProperty("frameCounts") List<Integer> frameCounts,
    @JsonProperty("picture") Preprocess picture,
    @JsonProperty("sound") SoundShape sound,
    @JsonProperty("soundSeconds") double soundSeconds,
    @JsonProperty("answers") Map<String, List<String>> answers,
    @JsonProperty("shards") List<Shard> shards,
    @JsonProperty("about") About about) {
  /** The file that makes a dataset. */
  public static final String FILE = "dataset.json";

  /** The version that is written, and the only one that is read. */
  public static final String SCHEMA = "2";

  private static final ObjectMapper JSON = new ObjectMapper();

  public PreparedDataset {
    // Written down since it was first asked for.
    about = about == null ? About.nothing() : about;
  }

  /**
   * Where rows and samples went.
   *
   * @param listed rows of the manifest
   * @param badRows rows that gave no sample
   * @param duplicates samples whose name another had before
   * @param available samples that could be taken
   * @param taken samples that were taken
   * @param decoded samples in the shards
   * @param quarantined samples whose media could not be used, by reason
   */
  public record Counts(
      @JsonProperty("listed") long listed,
      @JsonProperty("badRows") long badRows,
      @JsonProperty("duplicates") long duplicates,
      @JsonProperty("available") long available,
      @JsonProperty("taken") long taken,
      @JsonProperty("decoded") long decoded,
      @JsonProperty("quarantined") Map<String, Long> quarantined) {

    public Counts {
      quarantined = new TreeMap<>(quarantined);
    }

    private long media() {
      return quarantined.values().stream().mapToLong(n -> n).sum();
    }

    /**
     * The share of it that cannot be used, 0 to 1: of the samples that were taken those whose media
     * are bad, or of the rows that are listed those that give no sample, whichever is more.
     */
    public double unusable() {
      double media = taken == 0 ? 0 : (double) media() / taken;
      double rows = listed == 0 ? 0 : (double) (badRows + duplicates) / listed;
      return Math.max(media, rows);
    }
  }

  /**
   * What cannot be used.
   *
   * @param atMost the share that the job tolerated, 0 to 1
   * @param example what was found of the first of them, or empty
   * @param files tables in the dataset's {@code quarantine} folder
   */
  public record Quarantine(
      @JsonProperty("atMost") double atMost,
      @JsonProperty("example") String example,
      @JsonProperty("files") List<String> files) {

    public Quarantine {
      files = List.copyOf(files);
    }
  }

  /**
   * One shard.
   *
   * @param file its name in the dataset's {@code shards} folder
   * @param rowGroups rows of each row group
   * @param bytes its size
   * @param content hash of its samples and their order
   */
  public record Shard(
      @JsonProperty("file") String file,
      @JsonProperty("rowGroups") List<Long> rowGroups,
      @JsonProperty("bytes") long bytes,
      @JsonProperty("content") String content)
      implements Serializable {}

  /** Samples in all shards. */
  public long samples() {
    return shards.stream().flatMap(shard -> shard.rowGroups().stream()).mapToLong(n -> n).sum();
  }

  /** Rows of every row group, shard after shard. */
  public List<Long> rowGroups() {
    return shards.stream().flatMap(shard -> shard.rowGroups().stream()).toList();
  }

  /** The same, where another share is tolerated. */
  public PreparedDataset tolerating(double atMost) {
    return with(new Quarantine(atMost, quarantine.example(), quarantine.files()), about);
  }

  /** The same, where the recipe tells something else of it. */
  public PreparedDataset describedBy(About other) {
    return with(quarantine, other);
  }

  private PreparedDataset with(Quarantine otherQuarantine, About otherAbout) {
    return new PreparedDataset(
        schema,
        name,
        recipeHash,
        content,
        decoder,
        modality,
        counts,
        otherQuarantine,
        frameCounts,
        picture,
        sound,
        soundSeconds,
        answers,
        shards,
        otherAbout);
  }

  /** Why it should not be used as it is: more of it is unusable than tolerated. Null if not so. */
  public String refusal(String place) {
    if (counts.unusable() <= quarantine.atMost()) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "%.1f %% of %s cannot be used (expected: at most %.1f %%): of %d rows %d are bad and %d"
            + " listed twice, of %d samples %d have unusable media %s. One of them: %s All are in"
            + " %s/quarantine, the others are ready.",
        100 * counts.unusable(),
        name,
        100 * quarantine.atMost(),
        counts.listed(),
        counts.badRows(),
        counts.duplicates(),
        counts.taken(),
        counts.media(),
        counts.quarantined(),
        quarantine.example(),
        place);
  }

  /** Its text form. */
  public byte[] toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads what is in a folder, or null if no complete dataset is.
   *
   * @throws BadData if it cannot be understood, or is of another version
   */
  public static PreparedDataset in(Folder folder) {
    JsonNode json = json(folder);
    if (json == null) {
      return null;
    }
    String version = version(json);
    if (!SCHEMA.equals(version)) {
      throw new BadData("Cannot use " + folder + ": " + otherSchema(version));
    }
    try {
      return JSON.treeToValue(json, PreparedDataset.class);
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** Whether a folder has a dataset of another version, which has to be made again. */
  public static boolean isOfOtherVersion(Folder folder) {
    JsonNode json = json(folder);
    return json != null && !SCHEMA.equals(version(json));
  }

  private static JsonNode json(Folder folder) {
    try {
      byte[] json = folder.read(FILE);
      return json == null ? null : JSON.readTree(json);
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** Before versions were written down there was one. */
  private static String version(JsonNode json) {
    return json.path("schema").asText("1");
  }

  static String otherSchema(String version) {
    return "it was prepared by another version of Clapperboard, with schema "
        + version
        + " (expected: "
        + SCHEMA
        + "). Prepare it again: jobs/prepare.sh writes it anew.";
  }

  private static BadData unreadable(Folder folder, IOException e) {
    return new BadData("Cannot read " + folder.path(FILE) + ": " + e.getMessage(), e);
  }
}
