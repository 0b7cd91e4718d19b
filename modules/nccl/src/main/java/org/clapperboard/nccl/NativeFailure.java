package org.clapperboard.nccl;

/** CUDA or NCCL could not do something; the message says what and why, without a full stop. */
final class NativeFailure extends RuntimeException {

  NativeFailure(String message) {
    super(message);
  }
}
