package org.clapperboard.data.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.clapperboard.data.recipe.ManifestReader;
import org.clapperboard.data.recipe.ManifestRow;

/**
 * The rows of a manifest, parsed on a thread of their own: a file cannot be split, but what becomes
 * of its rows is as much work as to read them.
 */
final class RowsAhead implements Iterator<ManifestRow>, Closeable {
  // Few enough that all of them may have fields of a megabyte.
  private static final int BATCH = 64;
  private static final int BATCHES = 4;
  private static final long SECONDS_TO_END = 30;

  private final ManifestReader rows;
  private final ExecutorService parser;
  private final Deque<Future<List<ManifestRow>>> ahead = new ArrayDeque<>();
  private Iterator<ManifestRow> batch = List.<ManifestRow>of().iterator();

  RowsAhead(ManifestReader rows) {
    this.rows = rows;
    this.parser =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "parse-manifest");
              thread.setDaemon(true);
              return thread;
            });
    while (ahead.size() < BATCHES) {
      ahead.add(parser.submit(this::parse));
    }
  }

  private List<ManifestRow> parse() {
    List<ManifestRow> parsed = new ArrayList<>(BATCH);
    while (parsed.size() < BATCH && rows.hasNext()) {
      parsed.add(rows.next());
    }
    return parsed;
  }

  @Override
  public boolean hasNext() {
    if (!batch.hasNext() && !ahead.isEmpty()) {
      List<ManifestRow> parsed = result(ahead.remove());
      if (parsed.isEmpty()) {
        ahead.clear();
      } else {
        ahead.add(parser.submit(this::parse));
      }
      batch = parsed.iterator();
    }
    return batch.hasNext();
  }

  @Override
  public ManifestRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return batch.next();
  }

  private static List<ManifestRow> result(Future<List<ManifestRow>> parsed) {
    try {
      return parsed.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a manifest was parsed", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    parser.shutdownNow();
    try {
      parser.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
      rows.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
