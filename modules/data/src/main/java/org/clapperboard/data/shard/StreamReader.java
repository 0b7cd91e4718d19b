package org.clapperboard.data.shard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.clapperboard.config.BadData;
import org.clapperboard.data.order.SampleOrder.Address;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ReadBuffers;

/**
 * Reads the samples of one stream, which is made of the row groups of several datasets. Row groups
 * stay in memory up to a limit, the least recently used goes first. One thread at a time.
 */
public final class StreamReader implements AutoCloseable {
  private final List<Block> blocks;
  private final long maxBytes;
  private final Map<Integer, Cached> cache = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, ShardReader> readers = new HashMap<>();
  private final ReadBuffers buffers = new ReadBuffers();
  private long bytes;

  /**
   * A row group in a shard.
   *
   * @param shard number of the shard in its dataset
   * @param firstRow rows of the shard before it
   * @param rows of it, with those that are left out
   */
  private record Block(
      String dataset,
      Folder shards,
      int shard,
      String file,
      int rowGroup,
      int firstRow,
      int rows,
      long bytes,
      LeftOut leftOut) {}

  /**
   * Where a sample was prepared.
   *
   * @param dataset its dataset
   * @param shard number of its shard in that
   * @param row its row in the shard, counted with those that are left out
   */
  public record Source(String dataset, int shard, int row) {}

  private record Cached(List<StoredSample> samples, long bytes) {}

  private StreamReader(List<Block> blocks, long maxBytes) {
    this.blocks = blocks;
    this.maxBytes = maxBytes;
  }

  /**
   * A reader of datasets in that order; blocks are numbered through their row groups.
   *
   * @param prepared folder of prepared datasets
   * @param maxBytes row groups kept in memory, at least one
   * @throws BadData if a dataset is not there
   */
  public static StreamReader of(Folder prepared, List<String> datasets, long maxBytes) {
    return of(prepared, datasets, Map.of(), maxBytes);
  }

  /**
   * The same without some samples: rows are counted as if they were not there.
   *
   * @param leftOut what is left out of the datasets that something is left out of
   */
  public static StreamReader of(
      Folder prepared, List<String> datasets, Map<String, LeftOut> leftOut, long maxBytes) {
    List<Block> blocks = new ArrayList<>();
    for (String name : datasets) {
      Folder folder = prepared.folder(name);
      PreparedDataset dataset = PreparedDataset.in(folder);
      if (dataset == null) {
        throw new BadData("Cannot read " + folder + ": the dataset is not prepared.");
      }
      for (int number = 0; number < dataset.shards().size(); number++) {
        PreparedDataset.Shard shard = dataset.shards().get(number);
        int firstRow = 0;
        long rows = shard.rowGroups().stream().mapToLong(n -> n).sum();
        for (int group = 0; group < shard.rowGroups().size(); group++) {
          int inGroup = Math.toIntExact(shard.rowGroups().get(group));
          blocks.add(
              new Block(
                  name,
                  folder.folder("shards"),
                  number,
                  shard.file(),
                  group,
                  firstRow,
                  inGroup,
                  shard.bytes() * inGroup / rows,
                  leftOut.get(name)));
          firstRow += inGroup;
        }
      }
    }
    return new StreamReader(blocks, maxBytes);
  }

  /** The sample at an address. */
  public StoredSample read(Address address) {
    Cached cached = cache.get(address.block());
    if (cached == null) {
      cached = load(address.block(), Set.of());
    }
    return cached.samples().get(address.row());
  }

  /** Where the sample at an address was prepared. */
  public Source source(Address address) {
    Block block = blocks.get(address.block());
    int row = address.row();
    if (block.leftOut() != null) {
      List<Integer> all = IntStream.range(0, block.rows()).boxed().toList();
      row = block.leftOut().kept(block.file(), block.rowGroup(), all).get(row);
    }
    return new Source(block.dataset(), block.shard(), block.firstRow() + row);
  }

  /**
   * Reads a row group before it is needed, if there is room beside others that are.
   *
   * @param needed blocks that are not dropped for it
   * @return whether it is in memory now
   */
  public boolean readAhead(int block, Set<Integer> needed) {
    if (cache.containsKey(block)) {
      return true;
    }
    long kept =
        needed.stream().map(cache::get).filter(Objects::nonNull).mapToLong(Cached::bytes).sum();
    if (kept + blocks.get(block).bytes() > maxBytes) {
      return false;
    }
    load(block, needed);
    return true;
  }

  private Cached load(int number, Set<Integer> kept) {
    Block block = blocks.get(number);
    makeRoom(block.bytes(), kept);
    List<StoredSample> samples = reader(block).rowGroup(block.rowGroup());
    if (block.leftOut() != null) {
      samples = block.leftOut().kept(block.file(), block.rowGroup(), samples);
    }
    Cached loaded = new Cached(samples, block.bytes());
    cache.put(number, loaded);
    bytes += loaded.bytes();
    return loaded;
  }

  private void makeRoom(long wanted, Set<Integer> kept) {
    var oldest = cache.entrySet().iterator();
    while (bytes + wanted > maxBytes && oldest.hasNext()) {
      Map.Entry<Integer, Cached> entry = oldest.next();
      if (!kept.contains(entry.getKey())) {
        bytes -= entry.getValue().bytes();
        oldest.remove();
      }
    }
  }

  private ShardReader reader(Block block) {
    return readers.computeIfAbsent(
        block.shards() + "/" + block.file(),
        path ->
            new ShardReader(
                block.shards().path(block.file()), block.shards().configuration(), buffers));
  }

  @Override
  public void close() {
    readers.values().forEach(ShardReader::close);
  }
}
