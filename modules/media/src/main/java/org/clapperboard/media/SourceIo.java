package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FORCE;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_SIZE;
import static org.bytedeco.ffmpeg.global.avformat.avio_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avio_context_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXTERNAL;
import static org.bytedeco.ffmpeg.global.avutil.av_free;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Lets FFmpeg read a {@link MediaSource}, and stops it at the deadline. */
final class SourceIo implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;

  // JavaCPP has room for ten callback objects of a kind in a process, so there is one of each, and
  // the number that FFmpeg hands back tells which file is meant.
  private static final Map<Long, SourceIo> OPEN = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Read READ = new Read();
  private static final Seek SEEK = new Seek();
  private static final Interrupt INTERRUPT = new Interrupt();

  private final Attempt attempt;
  private final long size;
  private final byte[] chunk = new byte[BUFFER_BYTES];
  private final Handle handle = new Handle(NUMBERS.incrementAndGet());
  private final AVIOContext context;
  private long position;
  private RuntimeException failure;

  SourceIo(Attempt attempt, long size) {
    this.attempt = attempt;
    this.size = size;
    BytePointer buffer = new BytePointer(av_malloc(BUFFER_BYTES));
    this.context = avio_alloc_context(buffer, BUFFER_BYTES, 0, handle, READ, null, SEEK);
    OPEN.put(handle.address(), this);
  }

  AVIOContext context() {
    return context;
  }

  void interrupts(AVFormatContext format) {
    format.interrupt_callback().callback(INTERRUPT).opaque(handle);
  }

  /** Throws what the source threw while FFmpeg was reading, or the time-out, if either happened. */
  void rethrow() {
    if (failure != null) {
      throw failure;
    }
    attempt.checkTime();
  }

  @Override
  public void close() {
    OPEN.remove(handle.address());
    // Not the buffer of the constructor: FFmpeg may have replaced it.
    av_free(context.buffer());
    avio_context_free(context);
  }

  private int read(BytePointer target, int length) {
    if (attempt.isLate()) {
      return AVERROR_EXIT;
    }
    if (position >= size) {
      // A damaged file sends FFmpeg there; some storages take it for a failure of theirs.
      return AVERROR_EOF;
    }
    try {
      int count = attempt.source.read(position, chunk, 0, Math.min(length, chunk.length));
      if (count <= 0) {
        return AVERROR_EOF;
      }
      target.put(chunk, 0, count);
      position += count;
      return count;
    } catch (RuntimeException e) {
      failure = e;
      return AVERROR_EXTERNAL;
    }
  }

  private long seek(long offset, int whence) {
    if (whence == AVSEEK_SIZE) {
      return size;
    }
    long base =
        switch (whence & ~AVSEEK_FORCE) {
          case SEEK_SET -> 0;
          case SEEK_CUR -> position;
          default -> size;
        };
    if (base + offset < 0) {
      return AVERROR_EXTERNAL;
    }
    position = base + offset;
    return position;
  }

  /** A number dressed as a pointer; nothing lies at its address. */
  private static final class Handle extends Pointer {
    Handle(long number) {
      address = number;
    }
  }

  private static final class Read extends Read_packet_Pointer_BytePointer_int {
    @Override
    public int call(Pointer opaque, BytePointer target, int length) {
      SourceIo io = OPEN.get(opaque.address());
      return io == null ? AVERROR_EXIT : io.read(target, length);
    }
  }

  private static final class Seek extends Seek_Pointer_long_int {
    @Override
    public long call(Pointer opaque, long offset, int whence) {
      SourceIo io = OPEN.get(opaque.address());
      return io == null ? AVERROR_EXIT : io.seek(offset, whence);
    }
  }

  private static final class Interrupt extends AVIOInterruptCB.Callback_Pointer {
    @Override
    public int call(Pointer opaque) {
      SourceIo io = OPEN.get(opaque.address());
      return io == null || io.attempt.isLate() ? 1 : 0;
    }
  }
}
