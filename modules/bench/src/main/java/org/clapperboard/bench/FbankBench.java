package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundRoute;
import org.clapperboard.media.pixels.Preprocess;

/**
 * From a WAV file to the audio encoder's filter bank as preparing and training do it, beside
 * torchaudio with the same files. One thread each.
 *
 * @param folder for banks on their way
 * @param files sounds of 16 bits
 * @param rounds rounds that count
 * @param roundSeconds what a round takes at least, on processors: their clocks tick in hundredths
 * @param python interpreter of the peer
 */
record FbankBench(Path folder, List<Path> files, int rounds, double roundSeconds, String python) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SECONDS = 30;
  private static final int BINS = 128;
  private static final int WARM = 1;

  /** Of the same samples at 16 kHz: ours are of double precision, those of torchaudio are not. */
  private static final double SAME_SAMPLES = 0.02;

  /**
   * In the middle, of sounds that two resamplers made: where the file has nothing, above half its
   * rate, they differ by much.
   */
  private static final double RESAMPLED = 0.25;

  /** The logarithm of an energy above what rounding to 16 bits leaves: quieter ones are noise. */
  private static final double AUDIBLE = 6;

  private static final String OURS = "ours";
  private static final String TORCHAUDIO = "torchaudio";

  Figures run() throws IOException {
    String missing = PythonPeer.missing(python, "torchaudio");
    ObjectNode json =
        JSON.createObjectNode()
            .put("bench", "fbank")
            .put("rounds", rounds)
            .put("seconds-of-a-sound", SECONDS);
    List<String> table = new ArrayList<>();
    MediaBuffers buffers =
        new MediaBuffers(Preprocess.Encoder.CLIP, 1, BINS, FloatBuffer::allocate);
    try (MediaDecoder decoder = MediaDecoder.inProcess()) {
      if (missing != null) {
        time(json, table, decoder, buffers, null);
        json.put("no-peer", missing);
        table.add("Not compared with torchaudio: " + missing);
        return new Figures(json, table);
      }
      List<String> arguments = List.of("" + SECONDS, "" + BINS);
      try (PythonPeer peer = new PythonPeer(python, "fbank", arguments)) {
        JsonNode ready = peer.answer();
        json.put("version", ready.get("version").asText());
        json.put("torch", ready.get("torch").asText());
        compare(json, table, decoder, buffers, peer);
        time(json, table, decoder, buffers, peer);
      }
    }
    return new Figures(json, table);
  }

  private static FloatBuffer bank(MediaDecoder decoder, MediaBuffers buffers, Path file) {
    try (MediaSource source = MediaSource.of(file)) {
      SoundRequest request = SoundRequest.of(new SoundRoute.Paper(SECONDS));
      Decoded<Sound> decoded = decoder.sound(source, request, MediaLimits.DEFAULT);
      if (decoded instanceof Decoded.Rejected<Sound> rejected) {
        throw new BadData("Cannot measure " + file + ": " + rejected.detail() + ".");
      }
      return buffers.bank(((Decoded.Ok<Sound>) decoded).value().toShorts());
    }
  }

  /** Refuses to time what is not the same: first of samples that nobody resamples. */
  private void compare(
      ObjectNode json,
      List<String> table,
      MediaDecoder decoder,
      MediaBuffers buffers,
      PythonPeer peer)
      throws IOException {
    Path plain =
        MadeSounds.write(Files.createDirectories(folder.resolve("plain")), 1, Sound.RATE, 5);
    Spread same = apart(bank(decoder, buffers, plain), peer, plain);
    require(same.most() <= SAME_SAMPLES, plain, "at most " + SAME_SAMPLES, same.most());
    json.put("largest-difference-of-same-samples", same.most());
    ArrayNode all = json.putArray("files");
    for (Path file : files) {
      Spread apart = apart(bank(decoder, buffers, file), peer, file);
      require(
          apart.median() <= RESAMPLED,
          file,
          "half of the numbers by at most " + RESAMPLED,
          apart.median());
      all.addObject()
          .put("file", file.getFileName().toString())
          .put("largest-difference", apart.most())
          .put("median-difference", apart.median());
      table.add(
          String.format(
              Locale.ROOT,
              "%s: banks differ by %.2g at most, %.2g in the middle",
              file.getFileName(),
              apart.most(),
              apart.median()));
    }
    table.add(
        String.format(Locale.ROOT, "of the same samples at 16 kHz by %.2g at most", same.most()));
  }

  private static void require(boolean near, Path file, String expected, double found) {
    if (!near) {
      throw new BadData(
          String.format(
              Locale.ROOT,
              "Cannot compare %s with torchaudio: filter banks differ by %.2g (expected: %s).",
              file.getFileName(),
              found,
              expected));
    }
  }

  /** How far numbers differ, where torchaudio hears something. */
  private Spread apart(FloatBuffer ours, PythonPeer peer, Path file) throws IOException {
    Path written = folder.resolve("torchaudio.bank");
    ObjectNode request =
        JSON.createObjectNode()
            .put("file", file.toAbsolutePath().toString())
            .put("to", written.toString());
    peer.ask(JSON.writeValueAsString(request));
    FloatBuffer theirs =
        ByteBuffer.wrap(Files.readAllBytes(written)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    require(ours.remaining() == theirs.remaining(), file, "as many numbers", Double.NaN);
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < theirs.remaining(); i++) {
      if (theirs.get(i) >= AUDIBLE) {
        differences.add((double) Math.abs(ours.get(i) - theirs.get(i)));
      }
    }
    return Spread.of(differences);
  }

  private void time(
      ObjectNode json,
      List<String> table,
      MediaDecoder decoder,
      MediaBuffers buffers,
      PythonPeer peer)
      throws IOException {
    Contender.Task once = () -> files.forEach(file -> bank(decoder, buffers, file));
    Contender.warmUp(once);
    int times = (int) Math.ceil(roundSeconds / Math.max(Lap.of(once).processorSeconds(), 0.01));
    List<Contender> contenders = new ArrayList<>();
    contenders.add(
        new Contender(
            OURS,
            () ->
                Lap.of(
                    () -> {
                      for (int i = 0; i < times; i++) {
                        once.run();
                      }
                    })));
    if (peer != null) {
      ObjectNode request = JSON.createObjectNode().put("times", times);
      ArrayNode names = request.putArray("files");
      files.forEach(file -> names.add(file.toAbsolutePath().toString()));
      String asked = JSON.writeValueAsString(request);
      contenders.add(new Contender(TORCHAUDIO, () -> PythonPeer.lap(peer.ask(asked))));
    }
    Map<String, List<Lap>> laps = Contender.rounds(contenders, WARM, rounds);
    double seconds = (double) SECONDS * files.size() * times;
    laps.forEach(
        (name, all) -> {
          Spread rate =
              Spread.of(all.stream().map(lap -> seconds / lap.processorSeconds()).toList());
          json.set(name, rate.json());
          table.add(name + ": seconds of sound per processor second " + rate.shown(0));
        });
    if (peer != null) {
      Spread ratio = ratio(laps.get(OURS), laps.get(TORCHAUDIO));
      json.set("ours to torchaudio", ratio.json());
      table.add("ours to torchaudio, in a round: " + ratio.shown(2));
    }
  }

  private static Spread ratio(List<Lap> ours, List<Lap> theirs) {
    return Spread.of(
        IntStream.range(0, ours.size())
            .mapToObj(i -> theirs.get(i).processorSeconds() / ours.get(i).processorSeconds())
            .toList());
  }
}
