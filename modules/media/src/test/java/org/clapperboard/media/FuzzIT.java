package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.frames;
import static org.clapperboard.media.TestMedia.tone;
import static org.clapperboard.media.TestMedia.uniform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Other formats than the project writes are covered with {@code -Dbadmedia=DIR}. */
@Tag("full")
class FuzzIT {

  private static final Duration TIME = Duration.ofSeconds(60);
  private static final MediaLimits LIMITS =
      MediaLimits.DEFAULT.withTimeout(Duration.ofSeconds(5)).withMaxPixels(4_000_000);

  private final Random random = new Random(20_26);
  private final Map<Reason, Integer> reasons = new EnumMap<>(Reason.class);
  private int read;

  @Test
  void mutated_files_never_throw_never_hang_and_take_no_memory() {
    List<byte[]> originals = originals();
    run(originals, TIME.dividedBy(4));
    long before = ResidentMemory.megabytesOutsideHeap();
    run(originals, TIME.dividedBy(4).multipliedBy(3));
    assertThat(ResidentMemory.megabytesOutsideHeap() - before).isLessThan(150);
    assertThat(read).isGreaterThan(100);
    assertThat(reasons.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThan(500);
    assertThat(reasons).containsKeys(Reason.CORRUPT, Reason.TRUNCATED, Reason.NOT_MEDIA);
  }

  private void run(List<byte[]> originals, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      byte[] file = mutated(originals.get(random.nextInt(originals.size())));
      count(VideoFrames.read(MediaSource.of("fuzz", file), uniform(8), LIMITS));
      SoundRoute route =
          random.nextBoolean() ? new SoundRoute.Whole() : new SoundRoute.ReferenceFile(0.3);
      count(SoundReader.read(MediaSource.of("fuzz", file), SoundRequest.of(route), LIMITS));
      count(Pictures.read(MediaSource.of("fuzz", file), LIMITS));
    }
  }

  private void count(Decoded<?> decoded) {
    assertThat(decoded.stats().milliseconds()).isLessThan(10_000);
    if (decoded instanceof Decoded.Rejected<?> rejected) {
      assertThat(rejected.detail()).startsWith("Cannot read fuzz: ");
      reasons.merge(rejected.reason(), 1, Integer::sum);
    } else {
      read++;
    }
  }

  private byte[] mutated(byte[] original) {
    byte[] file = original.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int from = random.nextInt(file.length);
      int length = Math.min(1 + random.nextInt(40), file.length - from);
      switch (random.nextInt(5)) {
        case 0 -> file[from] ^= (byte) (1 << random.nextInt(8));
        case 1 -> Arrays.fill(file, from, from + length, (byte) (random.nextBoolean() ? 0 : -1));
        case 2 -> file = Arrays.copyOf(file, Math.max(from, 1));
        case 3 -> {
          for (int at = from; at < from + length; at++) {
            file[at] = (byte) random.nextInt();
          }
        }
        default ->
            System.arraycopy(file, random.nextInt(file.length - length + 1), file, from, length);
      }
    }
    return file;
  }

  private static List<byte[]> originals() {
    List<byte[]> files = new ArrayList<>();
    PcmTrack sound = new PcmTrack(tone(0.6, 22_050), 1, 22_050);
    files.add(ClipWriter.write(ClipFormat.mpeg4(16), frames(10, 64, 48), sound));
    ClipFormat h264 = new ClipFormat(new ClipFormat.H264(300_000), 16, 4, 32_000);
    files.add(ClipWriter.write(h264, frames(10, 64, 48), sound));
    files.add(ClipWriter.write(h264, List.of(), sound));
    files.add(WavWriter.write(sound));
    addFiles(Path.of("src/test/resources/pictures"), files);
    String folder = System.getProperty("badmedia", "");
    if (!folder.isEmpty()) {
      addFiles(Path.of(folder), files);
    }
    return files;
  }

  private static void addFiles(Path folder, List<byte[]> files) {
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.sorted().toList()) {
        byte[] bytes = Files.readAllBytes(path);
        if (bytes.length > 0 && bytes.length < 150_000) {
          files.add(bytes);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
