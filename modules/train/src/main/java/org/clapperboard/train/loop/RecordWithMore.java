package org.clapperboard.train.loop;

import java.io.IOException;

/** A record of steps that does something of its own before it hands them on to another. */
abstract class RecordWithMore implements TrainingLoop.StepRecord {
  private final TrainingLoop.StepRecord next;

  RecordWithMore(TrainingLoop.StepRecord next) {
    this.next = next;
  }

  /** The one that steps are handed on to. */
  final TrainingLoop.StepRecord next() {
    return next;
  }

  @Override
  public void updating() {
    next.updating();
  }

  @Override
  public void end(long done) throws IOException {
    next.end(done);
  }

  @Override
  public void giveUp() throws IOException {
    next.giveUp();
  }
}
