package org.clapperboard.data.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.StreamReader.Source;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Features of samples on disk. */
class FeatureStoreIT {
  /** Among them what is no number, as two of bfloat16 may look. */
  private static final int[] BITS = {0x3f80_3f80, 0x7fa0_0001, 0xffff_ffff, 0x0000_0001};

  @TempDir private Path disk;
  private Folder folder;

  @BeforeEach
  void two_shards_of_three_samples() throws IOException {
    folder = Folder.of(disk.toString(), new Configuration());
    for (int shard = 0; shard < 2; shard++) {
      try (FeatureWriter writer =
          new FeatureWriter(folder.path(shard + ".parquet"), new Configuration(), "c" + shard)) {
        for (int row = 0; row < 3; row++) {
          writer.write(shard + "-" + row, features(shard, row));
        }
      }
    }
    StoredFeatures stored =
        new StoredFeatures(
            StoredFeatures.SCHEMA,
            "clips",
            Map.of("precision", "bf16"),
            1.5,
            48,
            List.of(
                new StoredFeatures.Shard("0.parquet", "c0", folder.size("0.parquet")),
                new StoredFeatures.Shard("1.parquet", "c1", folder.size("1.parquet"))));
    folder.createOnce(StoredFeatures.FILE, stored.toJson());
    assertThat(StoredFeatures.in(folder)).isEqualTo(stored);
  }

  /** Of a length of its own for each row, as those of pictures and clips are. */
  private static FloatBuffer features(int shard, int row) {
    FloatBuffer features = FloatBuffer.allocate(BITS.length * (row + 1));
    for (int i = 0; i < features.capacity(); i++) {
      features.put(i, Float.intBitsToFloat(BITS[i % BITS.length] ^ shard << 8));
    }
    return features;
  }

  private static int[] bits(FloatBuffer floats) {
    int[] bits = new int[floats.remaining()];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(floats.get(floats.position() + i)));
    return bits;
  }

  @Test
  void every_sample_has_the_bits_that_were_written() {
    try (FeatureStore store = new FeatureStore(Map.of("clips", folder))) {
      for (int row : new int[] {2, 0, 1, 2}) {
        for (int shard = 1; shard >= 0; shard--) {
          FloatBuffer read =
              store.of(new Source("clips", shard, row), shard + "-" + row, FloatBuffer::allocate);
          assertThat(bits(read)).isEqualTo(bits(features(shard, row)));
        }
      }
    }
  }

  @Test
  void of_a_dataset_without_features_there_are_none() {
    try (FeatureStore store = new FeatureStore(Map.of("clips", folder))) {
      assertThat(store.of(new Source("sounds", 0, 0), "a", FloatBuffer::allocate)).isNull();
    }
  }

  @Test
  void another_sample_than_the_one_that_was_encoded_is_refused() {
    try (FeatureStore store = new FeatureStore(Map.of("clips", folder))) {
      assertThatThrownBy(() -> store.of(new Source("clips", 1, 2), "0-2", FloatBuffer::allocate))
          .isInstanceOf(BadData.class)
          .hasMessage(
              "Cannot read row 2 of features file:"
                  + disk.resolve("1.parquet")
                  + ": it is of 1-2 (expected: 0-2)");
    }
  }

  @Test
  void a_file_that_was_not_finished_cannot_be_read() throws IOException {
    Path file = disk.resolve("0.parquet");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 10));
    assertThatThrownBy(() -> new FeatureReader(folder.path("0.parquet"), new Configuration()))
        .isInstanceOf(BadData.class)
        .hasMessageStartingWith("Cannot read features file:" + file + ": ");
  }

  @Test
  void a_folder_without_features_is_refused() {
    Folder empty = folder.folder("empty");
    assertThatThrownBy(() -> new FeatureStore(Map.of("clips", empty)))
        .isInstanceOf(BadData.class)
        .hasMessage("Cannot read " + empty + ": there are no features.");
  }

  @Test
  void the_folder_of_features_is_named_by_all_that_decides_them() {
    String key = StoredFeatures.key(Map.of("precision", "bf16", "weights", "1"));
    assertThat(key)
        .hasSize(16)
        .isEqualTo(StoredFeatures.key(Map.of("weights", "1", "precision", "bf16")))
        .isNotEqualTo(StoredFeatures.key(Map.of("precision", "fp32", "weights", "1")))
        .isNotEqualTo(StoredFeatures.key(Map.of("precision", "bf16", "weights", "2")))
        .isNotEqualTo(StoredFeatures.key(Map.of("precision", "bf16")));
  }
}
