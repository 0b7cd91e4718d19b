package org.clapperboard.eval.judge;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Takes in a body up to a size, so that an endpoint gone mad cannot fill the memory. */
final class CappedBody implements BodySubscriber<byte[]> {
  private final BodySubscriber<byte[]> whole = BodySubscribers.ofByteArray();
  private final long maxBytes;
  private Flow.Subscription subscription;
  private long bytes;
  private boolean over;

  CappedBody(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return whole.getBody();
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    whole.onSubscribe(given);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    bytes += buffers.stream().mapToLong(ByteBuffer::remaining).sum();
    if (over) {
      return;
    }
    if (bytes > maxBytes) {
      over = true;
      subscription.cancel();
      whole.onError(new IOException("the reply is longer than " + maxBytes + " bytes"));
      return;
    }
    whole.onNext(buffers);
  }

  @Override
  public void onError(Throwable failure) {
    whole.onError(failure);
  }

  @Override
  public void onComplete() {
    if (!over) {
      whole.onComplete();
    }
  }
}
