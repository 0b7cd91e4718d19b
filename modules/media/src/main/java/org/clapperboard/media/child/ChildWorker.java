package org.clapperboard.media.child;

import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaSource;

/** The child: carries out tasks from its standard input until that ends. */
final class ChildWorker {

  private static final int TOO_LATE = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final MediaDecoder decoder;
  private final Wire wire;
  private final Timer watchdog = new Timer("watchdog", true);

  private ChildWorker(MediaDecoder decoder, Wire wire) {
    this.decoder = decoder;
    this.wire = wire;
  }

  /** Entry of the process. */
  public static void main(String[] args) throws IOException {
    serve(MediaDecoder.inProcess());
  }

  static void serve(MediaDecoder decoder) throws IOException {
    Wire wire =
        new Wire(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
    wire.send(new Message.Ready());
    ChildWorker worker = new ChildWorker(decoder, wire);
    while (true) {
      try {
        worker.work((Message.Task) wire.receive());
      } catch (EOFException e) {
        return;
      }
    }
  }

  private void work(Message.Task task) throws IOException {
    // The parent kills a child that is late. This is for a parent that is dead itself.
    TimerTask end =
        new TimerTask() {
          @Override
          public void run() {
            Runtime.getRuntime().halt(TOO_LATE);
          }
        };
    watchdog.schedule(end, task.limits().timeout().plus(PATIENCE).toMillis());
    Message reply;
    try {
      reply = new Message.Done(decode(task, new RemoteSource(task.sourceName(), wire)));
    } catch (RuntimeException | Error e) {
      reply = new Message.Died(e.toString());
    }
    end.cancel();
    wire.send(reply);
  }

  private Decoded<?> decode(Message.Task task, MediaSource source) {
    if (task.wish() instanceof Message.Frames frames) {
      return decoder.frames(source, frames.request(), task.limits());
    }
    if (task.wish() instanceof Message.Picture picture) {
      return decoder.picture(source, picture.orientation(), task.limits());
    }
    return decoder.sound(source, ((Message.Sounds) task.wish()).request(), task.limits());
  }
}
