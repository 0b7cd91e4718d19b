package org.clapperboard.eval;

import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * A model that the tasks of an executor share: it is loaded by the first that asks, and given back
 * by the last, so that an executor of many cores has one. They take turns.
 */
final class SharedModel implements AutoCloseable {
  // One for each process: tasks of one executor know nothing else of each other.
  private static final Map<ModelFiles, SharedModel> LOADED = new HashMap<>();

  private final ModelFiles files;
  private final Examiner examiner;
  private int users;

  private SharedModel(ModelFiles files, Examiner examiner) {
    this.files = files;
    this.examiner = examiner;
  }

  /** The model, which the caller gives back by closing it. */
  static SharedModel of(ModelFiles files, Configuration hadoop) {
    synchronized (LOADED) {
      SharedModel model =
          LOADED.computeIfAbsent(files, key -> new SharedModel(key, Examiner.load(key, hadoop)));
      model.users++;
      return model;
    }
  }

  /** What it can be asked by; one task at a time. */
  Examiner examiner() {
    return examiner;
  }

  @Override
  public void close() {
    synchronized (LOADED) {
      users--;
      if (users == 0) {
        LOADED.remove(files);
        examiner.close();
      }
    }
  }
}
