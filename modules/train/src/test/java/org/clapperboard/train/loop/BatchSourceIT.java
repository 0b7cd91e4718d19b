package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.clapperboard.config.BadData;
import org.clapperboard.data.order.SampleOrder;
import org.clapperboard.data.shard.FloatPool;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.model.Example.Media;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches read ahead by several threads against one naive reader. */
class BatchSourceIT {
  private static final int GLOBAL = 12;
  private static final long STEPS = 14;
  private static final long PLENTY = 1L << 30;

  @TempDir private Path temporary;
  private ShardedWorld world;
  private List<List<StoredSample>> samples;

  @BeforeEach
  void write() throws Exception {
    world = ShardedWorld.write(temporary);
    samples = ShardedWorld.STREAMS.stream().map(world::samples).toList();
  }

  private BatchSource source(
      List<StreamReader> readers, FloatPool pool, RankShare share, int threads, int ahead) {
    return new BatchSource(
        world.mixture(),
        readers,
        () -> ShardedWorld.maker(pool::take),
        BatchSource.Features.NONE,
        pool::giveBack,
        share,
        new BatchSource.Ahead(threads, ahead));
  }

  private static void assertSame(List<Item> actual, List<Item> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      Item a = actual.get(i);
      Item e = expected.get(i);
      assertThat(a).usingRecursiveComparison().ignoringFields("example").isEqualTo(e);
      assertThat(a.example().ids()).isEqualTo(e.example().ids());
      assertThat(a.example().labels()).isEqualTo(e.example().labels());
      assertThat(a.example().media()).hasSameSizeAs(e.example().media());
      for (int j = 0; j < a.example().media().size(); j++) {
        Media media = a.example().media().get(j);
        Media wanted = e.example().media().get(j);
        assertThat(floats(media.bank())).isEqualTo(floats(wanted.bank()));
        assertThat(media.clip() == null).isEqualTo(wanted.clip() == null);
        if (wanted.clip() != null) {
          assertThat(floats(media.clip().pixels())).isEqualTo(floats(wanted.clip().pixels()));
          assertThat(media.clip().frames()).isEqualTo(wanted.clip().frames());
        }
      }
    }
  }

  private static float[] floats(FloatBuffer buffer) {
    float[] values = new float[buffer.remaining()];
    buffer.duplicate().get(values);
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    // threads, ahead, ranks, first step, memory for row groups
    "1, 1, 1, 0, 1073741824",
    "4, 2, 1, 0, 1073741824",
    "7, 5, 1, 9, 1073741824",
    "3, 2, 2, 0, 1",
    "3, 1, 2, 3, 40000",
  })
  void batches_are_those_of_a_naive_reader_whatever_runs_ahead(
      int threads, int ahead, int ranks, long firstStep, long memory) throws Exception {
    for (int rank = 0; rank < ranks; rank++) {
      RankShare share = RankShare.of(GLOBAL, rank, ranks, firstStep, STEPS);
      List<StreamReader> readers = world.readers(memory);
      FloatPool pool = new FloatPool();
      long ofOneStep = 0;
      try (BatchSource source = source(readers, pool, share, threads, ahead)) {
        for (long step = firstStep; step < STEPS; step++) {
          List<Item> expected = world.naive(samples, step, GLOBAL, share.from(), share.to());
          List<Item> actual = source.next();
          assertSame(actual, expected);
          ofOneStep = Math.max(ofOneStep, floatsOf(expected));
          // However long the step takes, nobody writes into its buffers.
          Thread.sleep(5);
          assertSame(actual, expected);
        }
        assertThat(pool.floats()).isLessThanOrEqualTo((ahead + 1) * ofOneStep);
      }
      readers.forEach(StreamReader::close);
    }
  }

  private static long floatsOf(List<Item> items) {
    return items.stream()
        .flatMap(item -> item.example().media().stream())
        .mapToLong(
            media ->
                (long) media.bank().remaining()
                    + (media.clip() == null ? 0 : media.clip().pixels().remaining()))
        .sum();
  }

  @Test
  void a_slow_source_fills_what_waits_before_anybody_asks_and_goes_on_only_for_what_is_used()
      throws Exception {
    int ahead = 3;
    RankShare share = RankShare.of(GLOBAL, 0, 1, 0, STEPS);
    List<StreamReader> readers = world.readers(PLENTY);
    FloatPool pool = new FloatPool();
    int buffers = 0;
    for (int step = 0; step <= ahead; step++) {
      buffers += buffersOf(world.naive(samples, step, GLOBAL, share.from(), share.to()));
    }
    // So slow that it makes nothing at all behind the batches that are to wait.
    Semaphore made = new Semaphore(buffers);
    IntFunction<FloatBuffer> slow =
        floats -> {
          made.acquireUninterruptibly();
          return pool.take(floats);
        };
    try (BatchSource source =
        new BatchSource(
            world.mixture(),
            readers,
            () -> ShardedWorld.maker(slow),
            BatchSource.Features.NONE,
            pool::giveBack,
            share,
            new BatchSource.Ahead(2, ahead))) {
      await(() -> made.availablePermits() == 0);
      assertThat(made.hasQueuedThreads()).as("a further batch is begun").isFalse();
      for (int step = 0; step <= ahead; step++) {
        assertThat(source.next()).hasSize(GLOBAL);
      }
      await(made::hasQueuedThreads);
      made.release(1 << 20);
    }
    readers.forEach(StreamReader::close);
  }

  private static int buffersOf(List<Item> items) {
    return items.stream()
        .flatMap(item -> item.example().media().stream())
        .mapToInt(media -> (media.bank() == null ? 0 : 1) + (media.clip() == null ? 0 : 1))
        .sum();
  }

  private static void await(BooleanSupplier what) throws InterruptedException {
    for (int i = 0; i < 2000 && !what.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(what.getAsBoolean()).isTrue();
  }

  private long firstStepWith(String sample) {
    for (long step = 0; step < STEPS; step++) {
      if (world.naive(samples, step, GLOBAL, 0, GLOBAL).stream()
          .anyMatch(item -> item.sampleId().equals(sample))) {
        return step;
      }
    }
    throw new AssertionError(sample + " is not used");
  }

  @Test
  void a_frame_that_is_no_picture_is_told_by_the_step_that_shows_it() throws Exception {
    SampleOrder.Address late = world.mixture().streams().get(0).order().at(30);
    int clip = late.block() * ShardedWorld.IN_SHARD + late.row();
    long fails = firstStepWith("clips-" + clip);
    assertThat(fails).isPositive();
    world.spoilFrame(clip);
    List<StreamReader> readers = world.readers(PLENTY);
    FloatPool pool = new FloatPool();
    RankShare share = RankShare.of(GLOBAL, 0, 1, 0, STEPS);
    try (BatchSource source = source(readers, pool, share, 3, 4)) {
      for (long step = 0; step < fails; step++) {
        assertThat(source.next()).hasSize(GLOBAL);
      }
      assertThatThrownBy(source::next)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Cannot read a stored frame: unknown format");
    }
    readers.forEach(StreamReader::close);
  }

  @Test
  void a_shard_that_cannot_be_read_is_told_by_the_first_step_that_needs_it() throws Exception {
    int shard = world.mixture().streams().get(0).order().at(39).block();
    long fails = STEPS;
    for (int i = 0; i < ShardedWorld.IN_SHARD; i++) {
      fails = Math.min(fails, firstStepWith("clips-" + (shard * ShardedWorld.IN_SHARD + i)));
    }
    assertThat(fails).isPositive();
    world.empty("clips", shard);
    List<StreamReader> readers = world.readers(PLENTY);
    RankShare share = RankShare.of(GLOBAL, 0, 1, 0, STEPS);
    try (BatchSource source = source(readers, new FloatPool(), share, 2, 1)) {
      for (long step = 0; step < fails; step++) {
        assertThat(source.next()).hasSize(GLOBAL);
      }
      assertThatThrownBy(source::next)
          .isInstanceOf(BadData.class)
          .hasMessageStartingWith("Cannot read shard ")
          .hasMessageContaining("shard-" + shard + ".parquet");
    }
    readers.forEach(StreamReader::close);
  }

  @Test
  void closing_ends_all_threads_at_work_or_waiting() throws Exception {
    RankShare share = RankShare.of(GLOBAL, 0, 1, 0, Long.MAX_VALUE);
    for (int steps = 0; steps < 4; steps++) {
      List<StreamReader> readers = world.readers(PLENTY);
      try (BatchSource source = source(readers, new FloatPool(), share, 4, 2)) {
        for (int step = 0; step < steps; step++) {
          source.next();
        }
        assertThat(threads()).isPositive();
      }
      // A pool has ended shortly before its threads have.
      for (int i = 0; i < 500 && threads() > 0; i++) {
        Thread.sleep(10);
      }
      assertThat(threads()).isZero();
      readers.forEach(StreamReader::close);
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .filter(thread -> thread.getName().endsWith("-samples"))
        .count();
  }

  @Test
  void row_groups_are_read_before_they_are_needed_as_far_as_memory_goes() throws Exception {
    RankShare share = RankShare.of(GLOBAL, 0, 1, 0, STEPS);
    long two = 2 * world.shardBytes("clips") + 100;
    SamplesAhead roomy = new SamplesAhead(world.mixture(), world.readers(PLENTY), share);
    SamplesAhead tight = new SamplesAhead(world.mixture(), world.readers(two), share);
    int groups = 0;
    while (roomy.readOn()) {
      groups++;
    }
    assertThat(groups).isEqualTo(2 * ShardedWorld.SHARDS);
    int some = 0;
    while (tight.readOn()) {
      some++;
    }
    assertThat(some).isBetween(2, 5);
    for (int shard = 0; shard < ShardedWorld.SHARDS; shard++) {
      for (String stream : ShardedWorld.STREAMS) {
        world.empty(stream, shard);
      }
    }
    for (int i = 0; i < STEPS * GLOBAL; i++) {
      assertThat(roomy.read()).isNotNull();
    }
    for (int i = 0; i < some; i++) {
      assertThat(tight.read()).isNotNull();
    }
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < GLOBAL; i++) {
                tight.read();
              }
            })
        .isInstanceOf(BadData.class);
  }
}
