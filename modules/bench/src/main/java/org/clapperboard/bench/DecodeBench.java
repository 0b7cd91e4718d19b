package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.BadData;
import org.clapperboard.media.DecodeStats;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;

/**
 * From the file of a video to the floats of the vision encoder, beside PyAV and Pillow with the
 * same files. Each uses one thread; the tensors have to be equal bit by bit to count as the same
 * work.
 *
 * @param files the videos
 * @param frames frames of a clip
 * @param rounds rounds that count
 * @param python interpreter of the peer
 */
record DecodeBench(List<Path> files, int frames, int rounds, String python) {
  /** Side of a frame for openai/clip-vit-large-patch14-336. */
  static final int SIZE = 336;

  private static final int WARM = 2;
  private static final int WIDE = 640;
  private static final int HIGH = 480;
  private static final String OURS = "Clapperboard";
  private static final String PEER = "PyAV and Pillow";
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** A file and all that was seen of it. */
  private static final class File {
    private final Path path;
    private final List<Double> ours = new ArrayList<>();
    private final List<Double> peer = new ArrayList<>();
    private DecodeStats stats;
    private long crc;
    private JsonNode answer;
    private String problem;

    File(Path path) {
      this.path = path;
    }

    boolean usable() {
      return problem == null && answer != null && !answer.has("problem");
    }

    boolean same() {
      return usable() && crc == answer.get("crc32").asLong();
    }

    boolean large() {
      return usable()
          && stats.codec().equals("h264")
          && stats.width() * stats.height() >= WIDE * HIGH;
    }

    /** Leaves the rounds that count. */
    void forgetWarmRounds() {
      Stream.of(ours, peer)
          .filter(times -> times.size() > WARM)
          .forEach(times -> times.subList(0, WARM).clear());
    }

    double ratio() {
      return Spread.of(peer).median() / Spread.of(ours).median();
    }
  }

  Figures run() throws IOException {
    String missing = PythonPeer.missing(python, "av", "PIL", "numpy");
    List<File> all = files.stream().map(File::new).toList();
    try (MediaDecoder decoder = MediaDecoder.inProcess()) {
      if (missing != null) {
        Contender alone = new Contender(OURS, () -> Lap.of(() -> decode(decoder, all, true)));
        Contender.warmUp(() -> decode(decoder, all, false));
        Contender.rounds(List.of(alone), WARM, rounds);
        return result(all, null, missing);
      }
      List<String> arguments = List.of(Integer.toString(frames), Integer.toString(SIZE));
      try (PythonPeer peer = new PythonPeer(python, "frames", arguments)) {
        return compare(decoder, peer, all);
      }
    }
  }

  /** What one of the two cannot read is no work for the other either. */
  private Figures compare(MediaDecoder decoder, PythonPeer peer, List<File> all)
      throws IOException {
    decode(decoder, all, false);
    askAll(peer, all, false);
    List<File> usable = all.stream().filter(File::usable).toList();
    List<Contender> contenders =
        List.of(
            new Contender(OURS, () -> Lap.of(() -> decode(decoder, usable, true))),
            new Contender(PEER, () -> askAll(peer, usable, true)));
    Contender.warmUp(() -> decode(decoder, usable, false));
    Map<String, List<Lap>> laps = Contender.rounds(contenders, WARM, rounds);
    return result(all, laps, peer.ask("versions").toString());
  }

  private void decode(MediaDecoder decoder, List<File> some, boolean timed) {
    Preprocess preprocess = new Preprocess(Preprocess.Encoder.CLIP, SIZE, Preprocess.Aspect.PAD);
    VideoRequest request = VideoRequest.of(FrameSampling.Uniform.of(frames)).with(preprocess);
    ByteBuffer tensor =
        ByteBuffer.allocateDirect(frames * 3 * SIZE * SIZE * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (File file : some) {
      long start = THREADS.getCurrentThreadCpuTime();
      try (MediaSource source = MediaSource.of(file.path)) {
        Decoded<FrameSet> decoded = decoder.frames(source, request, MediaLimits.DEFAULT);
        file.stats = decoded.stats();
        if (decoded instanceof Decoded.Rejected<FrameSet> rejected) {
          file.problem = rejected.detail();
          continue;
        }
        var floats = tensor.clear().asFloatBuffer();
        for (RgbImage image : ((Decoded.Ok<FrameSet>) decoded).value().uniform(frames)) {
          preprocess.normalise(image, floats);
        }
      }
      if (timed) {
        file.ours.add((THREADS.getCurrentThreadCpuTime() - start) / 1e9);
      } else {
        CRC32 crc = new CRC32();
        crc.update(tensor.clear());
        file.crc = crc.getValue();
      }
    }
  }

  private static Lap askAll(PythonPeer peer, List<File> some, boolean timed) throws IOException {
    double clock = 0;
    double processor = 0;
    for (File file : some) {
      JsonNode answer = peer.ask(file.path.toAbsolutePath().toString());
      file.answer = answer;
      if (!answer.has("problem")) {
        Lap lap = PythonPeer.lap(answer);
        clock += lap.seconds();
        processor += lap.processorSeconds();
        if (timed) {
          file.peer.add(lap.processorSeconds());
        }
      }
    }
    return new Lap(clock, processor);
  }

  private Figures result(List<File> all, Map<String, List<Lap>> laps, String about) {
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "decode")
            .put("frames", frames)
            .put("rounds", rounds)
            .put("peer", about);
    all.forEach(File::forgetWarmRounds);
    List<String> table = new ArrayList<>();
    table.add(
        "| file | codec | size | frames | decoded by us | ours ms | peer ms | ratio | tensor |");
    table.add("|---|---|---|---:|---|---:|---:|---:|---|");
    ArrayNode rows = json.putArray("files");
    all.forEach(file -> table.add(row(file, rows.addObject())));
    if (laps == null) {
      table.add("Not compared: " + about);
      return new Figures(json, table);
    }
    Map<String, Predicate<File>> groups = new LinkedHashMap<>();
    groups.put("all", File::usable);
    groups.put("H.264 of 640x480 and above", File::large);
    groups.forEach((name, which) -> total(name, all.stream().filter(which).toList(), json, table));
    whole(laps, all, json, table);
    return new Figures(json, table);
  }

  private static String row(File file, ObjectNode json) {
    json.put("file", file.path.getFileName().toString());
    if (file.ours.isEmpty()) {
      String why = file.problem == null ? file.answer.get("problem").asText() : file.problem;
      json.put("problem", why);
      return "| " + file.path.getFileName() + " | not compared: " + why + " |";
    }
    Spread ours = Spread.of(file.ours);
    json.put("codec", file.stats.codec())
        .put("width", file.stats.width())
        .put("height", file.stats.height())
        .put("frames", file.stats.totalFrames())
        .put("strategy", file.stats.strategy().toString());
    json.set("ours", ours.json());
    String peer = "| | ";
    if (file.usable()) {
      json.set("peer", Spread.of(file.peer).json());
      json.set("parts", file.answer.get("parts"));
      json.put("ratio", file.ratio()).put("same", file.same());
      peer =
          String.format(
              Locale.ROOT,
              "%.0f | %.2f | %s",
              1000 * Spread.of(file.peer).median(),
              file.ratio(),
              file.same() ? "equal" : "differs");
    }
    return String.format(
        Locale.ROOT,
        "| %s | %s | %dx%d | %d | %s | %.0f | %s |",
        file.path.getFileName(),
        file.stats.codec(),
        file.stats.width(),
        file.stats.height(),
        file.stats.totalFrames(),
        file.stats.strategy().toString().toLowerCase(Locale.ROOT),
        1000 * ours.median(),
        peer);
  }

  /** Videos per second of a processor, from the medians of the files; and from round to round. */
  private void total(String name, List<File> some, ObjectNode json, List<String> table) {
    if (some.isEmpty()) {
      return;
    }
    List<Double> ratios =
        IntStream.range(0, rounds)
            .mapToObj(round -> sum(some, round, true) / sum(some, round, false))
            .toList();
    Spread ratio = Spread.of(ratios);
    double ours = some.size() / some.stream().mapToDouble(f -> Spread.of(f.ours).median()).sum();
    double peer = some.size() / some.stream().mapToDouble(f -> Spread.of(f.peer).median()).sum();
    long same = some.stream().filter(File::same).count();
    ObjectNode group = json.putObject(name);
    group
        .put("files", some.size())
        .put("same", same)
        .put("ours-per-second", ours)
        .put("peer-per-second", peer);
    group.set("ratio", ratio.json());
    table.add(
        String.format(
            Locale.ROOT,
            "%s: %d files, %.2f videos per processor second, peer %.2f, ratio in a round %s; equal"
                + " tensors %d",
            name,
            some.size(),
            ours,
            peer,
            ratio.shown(2),
            same));
  }

  private static double sum(List<File> some, int round, boolean peer) {
    return some.stream().mapToDouble(file -> (peer ? file.peer : file.ours).get(round)).sum();
  }

  private static void whole(
      Map<String, List<Lap>> laps, List<File> all, ObjectNode json, List<String> table) {
    long count = all.stream().filter(File::usable).count();
    if (count == 0) {
      throw new BadData("Cannot compare: no file can be read by both.");
    }
    List<Lap> ours = laps.get(OURS);
    List<Lap> peer = laps.get(PEER);
    Spread ratio =
        Spread.of(
            IntStream.range(0, ours.size())
                .mapToObj(i -> peer.get(i).processorSeconds() / ours.get(i).processorSeconds())
                .toList());
    json.set("ratio-of-whole-process", ratio.json());
    table.add("all, with what the Java process does beside: ratio in a round " + ratio.shown(2));
  }
}
