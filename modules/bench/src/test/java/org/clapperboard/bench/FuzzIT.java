package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.bench.Originals.Original;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.SoundReader;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundRoute;
import org.clapperboard.media.VideoFrames;
import org.clapperboard.media.VideoRequest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Damaged files through the decoder in this process, where nothing but the decoder itself ends what
 * goes wrong. Other formats than the project writes are covered with {@code -Dbadmedia=DIR}.
 */
@Tag("full")
class FuzzIT {
  private static final Path PICTURES = Path.of("../media/src/test/resources/pictures");
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final long MOST_BYTES = 150L << 20;
  private static final MediaLimits LIMITS =
      MediaLimits.DEFAULT.withTimeout(Duration.ofSeconds(5)).withMaxPixels(4_000_000);
  private static final VideoRequest FRAMES = VideoRequest.of(FrameSampling.Uniform.of(List.of(8)));
  private static final List<SoundRequest> SOUNDS =
      List.of(
          SoundRequest.of(new SoundRoute.Whole()),
          SoundRequest.of(new SoundRoute.ReferenceFile(0.3)));

  private final Map<Reason, Integer> reasons = new EnumMap<>(Reason.class);
  private int number;
  private int read;

  @Test
  void damaged_files_never_throw_never_hang_and_take_no_memory() throws Exception {
    DamagedFiles files = new DamagedFiles(originals(), 20_26);
    long before = mostMemory(files, TIME.dividedBy(4));
    long after = mostMemory(files, TIME.dividedBy(4).multipliedBy(3));
    assertThat(after - before).isLessThan(MOST_BYTES);
    assertThat(read).isGreaterThan(100);
    assertThat(reasons.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThan(500);
    assertThat(reasons).containsKeys(Reason.CORRUPT, Reason.TRUNCATED, Reason.NOT_MEDIA);
  }

  private static Originals originals() throws IOException {
    Originals originals = Originals.made().with(PICTURES);
    String folder = System.getProperty("badmedia", "");
    return folder.isEmpty() ? originals : originals.with(Path.of(folder));
  }

  /** The most memory outside the heap that reading files for some time takes. */
  private long mostMemory(DamagedFiles files, Duration time) {
    try (ResidentMemory memory = new ResidentMemory()) {
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        readAsAll(files.file(number));
        number++;
      }
      System.gc();
      long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
      return memory.peaks().anonymous() - heap;
    }
  }

  private void readAsAll(Original file) {
    count(file, VideoFrames.read(source(file), FRAMES, LIMITS));
    count(file, SoundReader.read(source(file), SOUNDS.get(number % SOUNDS.size()), LIMITS));
    count(file, Pictures.read(source(file), LIMITS));
  }

  private static MediaSource source(Original file) {
    return MediaSource.of("fuzz", file.bytes());
  }

  private void count(Original file, Decoded<?> decoded) {
    String name = "number " + number + ", made of " + file.name();
    assertThat(decoded.stats().milliseconds()).as(name).isLessThan(10_000);
    if (decoded instanceof Decoded.Rejected<?> rejected) {
      assertThat(rejected.detail()).as(name).startsWith("Cannot read fuzz: ");
      reasons.merge(rejected.reason(), 1, Integer::sum);
    } else {
      read++;
    }
  }
}
