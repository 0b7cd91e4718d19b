package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.BadData;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.ShardWriter;
import org.clapperboard.data.shard.StoredSample;

/**
 * Reading a shard as training does, beside a tar of the same bytes read as WebDataset does, and
 * beside what the machine gives at best: the plain file.
 *
 * @param folder where the files are made
 * @param megabytes media in them
 * @param frameBytes size of a frame
 * @param frames frames of a sample
 * @param rounds rounds that count
 * @param python interpreter of the peer
 */
record ShardsBench(
    Path folder, int megabytes, int frameBytes, int frames, int rounds, String python) {
  private static final int WARM = 2;
  private static final String OURS = "shard";
  private static final String TAR = "tar";

  /** What was read, by which readers that read the same are known. */
  private static final class Seen {
    private long members;
    private long bytes;
    private long ends;

    void add(byte[] member) {
      members++;
      bytes += member.length;
      ends += (member[0] & 0xff) + (member[member.length - 1] & 0xff);
    }
  }

  private int samples() {
    return Math.max(1, (int) (megabytes * 1_000_000L / ((long) frameBytes * frames)));
  }

  Figures run() throws IOException {
    Path plain = folder.resolve("members.bin");
    Path shard = folder.resolve("members.parquet");
    write(plain, shard);
    List<Contender> contenders = new ArrayList<>();
    // Training has one configuration for all its shards; to read Hadoop's defaults takes 50 ms.
    Configuration configuration = new Configuration();
    contenders.add(
        new Contender(OURS, () -> Lap.of(() -> readShard(shard, configuration, seen -> {}))));
    contenders.add(new Contender("plain file", () -> Lap.of(() -> readPlain(plain))));
    Contender.warmUp(() -> readShard(shard, configuration, seen -> {}));
    String missing = PythonPeer.missing(python, "tarfile");
    if (missing != null) {
      return result(Contender.rounds(contenders, WARM, rounds), missing);
    }
    List<String> files = List.of(plain.toString(), folder.resolve("members.tar").toString());
    List<String> arguments = new ArrayList<>(files);
    arguments.add(Integer.toString(frameBytes));
    try (PythonPeer peer = new PythonPeer(python, "tar", arguments)) {
      requireSame(peer, shard, configuration);
      contenders.add(new Contender(TAR, () -> PythonPeer.lap(peer.ask("read"))));
      contenders.add(
          new Contender("plain file in Python", () -> PythonPeer.lap(peer.ask("plain"))));
      return result(Contender.rounds(contenders, WARM, rounds), null);
    }
  }

  private void write(Path plain, Path shard) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(shard.toUri());
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(plain));
        ShardWriter writer = new ShardWriter(file, new Configuration(), "bench", "none")) {
      for (int i = 0; i < samples(); i++) {
        List<byte[]> encoded = new ArrayList<>();
        for (int frame = 0; frame < frames; frame++) {
          byte[] bytes = new byte[frameBytes];
          random.nextBytes(bytes);
          encoded.add(bytes);
          out.write(bytes);
        }
        writer.write(sample(i, encoded));
      }
    }
  }

  private StoredSample sample(int number, List<byte[]> encoded) {
    List<Integer> indices = IntStream.range(0, frames).boxed().toList();
    return new StoredSample(
        "sample-" + number,
        "bench",
        Modality.VIDEO,
        "kind",
        "videos/" + number + ".mp4",
        "0123456789abcdef0123456789abcdef",
        0,
        10,
        List.of(new Exchange("describe the video .", "what is seen in it")),
        null,
        new StoredSample.Frames(336, 336, 0, frames - 1, indices, encoded),
        null,
        10);
  }

  private static Seen readShard(Path shard, Configuration configuration, Consumer<byte[]> use) {
    Seen seen = new Seen();
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(shard.toUri());
    try (ShardReader reader = new ShardReader(file, configuration)) {
      for (int group = 0; group < reader.rowCounts().size(); group++) {
        for (StoredSample sample : reader.rowGroup(group)) {
          for (byte[] frame : sample.frames().encoded()) {
            seen.add(frame);
            use.accept(frame);
          }
        }
      }
    }
    return seen;
  }

  private static void readPlain(Path file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect((1 << 20) + 4096).alignedSlice(4096);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer) >= 0) {
        buffer.clear();
      }
    }
  }

  private void requireSame(PythonPeer peer, Path shard, Configuration configuration)
      throws IOException {
    CRC32 crc = new CRC32();
    Seen ours = readShard(shard, configuration, crc::update);
    JsonNode read = peer.ask("read");
    JsonNode check = peer.ask("check");
    if (ours.members != read.get("members").asLong()
        || ours.bytes != read.get("bytes").asLong()
        || ours.ends != read.get("ends").asLong()
        || crc.getValue() != check.get("crc32").asLong()) {
      throw new BadData("Cannot compare shard and tar: they do not hold the same bytes.");
    }
  }

  private Figures result(Map<String, List<Lap>> laps, String missing) {
    double size = (double) samples() * frames * frameBytes / 1e6;
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "shards")
            .put("megabytes", size)
            .put("frame-bytes", frameBytes)
            .put("frames-per-sample", frames)
            .put("rounds", rounds);
    List<String> table = new ArrayList<>();
    table.add("| reader | MB per processor second | MB/s |");
    table.add("|---|---:|---:|");
    ObjectNode readers = json.putObject("readers");
    laps.forEach(
        (name, all) -> {
          Spread processor = rate(size, all, Lap::processorSeconds);
          Spread clock = rate(size, all, Lap::seconds);
          table.add("| " + name + " | " + processor.shown(0) + " | " + clock.shown(0) + " |");
          ObjectNode reader = readers.putObject(name);
          reader.set("mb-per-processor-second", processor.json());
          reader.set("mb-per-second", clock.json());
        });
    if (missing != null) {
      table.add("Not compared with a tar: " + missing);
      return new Figures(json.put("no-peer", missing), table);
    }
    Spread ratio = ratio(laps);
    json.set("shard-to-tar", ratio.json());
    table.add(
        String.format(
            Locale.ROOT, "shard to tar, per processor second, in a round: %s", ratio.shown(2)));
    return new Figures(json, table);
  }

  private static Spread rate(
      double megabytes, List<Lap> laps, java.util.function.ToDoubleFunction<Lap> seconds) {
    return Spread.of(laps.stream().map(lap -> megabytes / seconds.applyAsDouble(lap)).toList());
  }

  private static Spread ratio(Map<String, List<Lap>> laps) {
    List<Lap> tar = laps.get(TAR);
    List<Lap> ours = laps.get(OURS);
    return Spread.of(
        IntStream.range(0, ours.size())
            .mapToObj(i -> tar.get(i).processorSeconds() / ours.get(i).processorSeconds())
            .toList());
  }
}
