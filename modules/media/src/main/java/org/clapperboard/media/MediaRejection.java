package org.clapperboard.media;

/** Carries a reason out of the depths of a decoder; never leaves this package. */
final class MediaRejection extends RuntimeException {

  private final Reason reason;

  MediaRejection(Reason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
