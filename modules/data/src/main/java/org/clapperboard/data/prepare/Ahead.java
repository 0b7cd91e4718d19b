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

/**
 * What an iterator gives, asked for ahead on a thread of its own. A manifest cannot be split, but
 * what is done with its samples is as much work as to get them.
 */
final class Ahead<T> implements Iterator<T>, Closeable {
  // Few enough that all of them may be a megabyte large.
  private static final int BATCH = 64;
  private static final int BATCHES = 4;
  private static final long SECONDS_TO_END = 30;

  private final Iterator<T> source;
  private final Closeable file;
  private final ExecutorService thread;
  private final Deque<Future<List<T>>> ahead = new ArrayDeque<>();
  private Iterator<T> batch = List.<T>of().iterator();

  Ahead(Iterator<T> source, Closeable file) {
    this.source = source;
    this.file = file;
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread daemon = new Thread(work, "read-ahead");
              daemon.setDaemon(true);
              return daemon;
            });
    while (ahead.size() < BATCHES) {
      ahead.add(thread.submit(this::ask));
    }
  }

  private List<T> ask() {
    List<T> asked = new ArrayList<>(BATCH);
    while (asked.size() < BATCH && source.hasNext()) {
      asked.add(source.next());
    }
    return asked;
  }

  @Override
  public boolean hasNext() {
    if (!batch.hasNext() && !ahead.isEmpty()) {
      List<T> asked = result(ahead.remove());
      if (asked.isEmpty()) {
        ahead.clear();
      } else {
        ahead.add(thread.submit(this::ask));
      }
      batch = asked.iterator();
    }
    return batch.hasNext();
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return batch.next();
  }

  private List<T> result(Future<List<T>> asked) {
    try {
      return asked.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a manifest was read", e);
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
    thread.shutdownNow();
    try (file) {
      thread.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
