package org.clapperboard.nccl;

import static org.bytedeco.cuda.global.cudart.cudaErrorNotReady;
import static org.bytedeco.cuda.global.cudart.cudaEventCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventDisableTiming;
import static org.bytedeco.cuda.global.cudart.cudaEventQuery;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorName;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import java.nio.ByteBuffer;
import java.util.List;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.clapperboard.nccl.ExchangePlan.Span;

/**
 * One GPU of this host: a stream, and memory that holds one exchange at a time. It grows to the
 * largest exchange and stays, since freeing device memory waits for everything that runs there.
 */
final class Device implements AutoCloseable {
  private final int number;
  private final CUstream_st stream = new CUstream_st();
  private final CUevent_st done = new CUevent_st();
  private final BytePointer memory = new BytePointer();
  private long bytes;

  /**
   * Opens a device.
   *
   * @param number as CUDA counts them in this process
   * @throws NativeFailure if there is none, or the driver does not fit
   */
  Device(int number) {
    this.number = number;
    select();
    check(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "cudaStreamCreate");
    check(cudaEventCreateWithFlags(done, cudaEventDisableTiming), "cudaEventCreate");
  }

  /** Makes it the device of the thread that calls; CUDA keeps that per thread. */
  void select() {
    check(cudaSetDevice(number), "cudaSetDevice(" + number + ")");
  }

  CUstream_st stream() {
    return stream;
  }

  /** Where a byte of the exchange is on the device. */
  BytePointer at(long offset) {
    return memory.getPointer(offset);
  }

  /** Makes room for an exchange; what was there is lost. */
  void require(long wanted) {
    if (wanted > bytes) {
      check(cudaFree(memory), "cudaFree");
      memory.setNull();
      bytes = 0;
      check(cudaMalloc(memory, wanted), "cudaMalloc of " + wanted + " bytes");
      bytes = wanted;
    }
  }

  /** Copies spans of the caller's buffer to the same places on the device. */
  void copyIn(ByteBuffer data, List<Span> spans, int elementBytes) {
    BytePointer host = new BytePointer(data.slice());
    for (Span span : spans) {
      long offset = span.first() * elementBytes;
      long count = span.count() * elementBytes;
      check(
          cudaMemcpyAsync(
              at(offset), host.getPointer(offset), count, cudaMemcpyHostToDevice, stream),
          "cudaMemcpyAsync to the device");
    }
  }

  /**
   * Copies spans back and returns when they are there. Called when everything before has ended,
   * since a copy to memory that is not page-locked waits for that in native code.
   */
  void copyOut(ByteBuffer data, List<Span> spans, int elementBytes) {
    BytePointer host = new BytePointer(data.slice());
    for (Span span : spans) {
      long offset = span.first() * elementBytes;
      long count = span.count() * elementBytes;
      check(
          cudaMemcpyAsync(
              host.getPointer(offset), at(offset), count, cudaMemcpyDeviceToHost, stream),
          "cudaMemcpyAsync from the device");
    }
    check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }

  /** Marks the end of what the stream has been given so far. */
  void mark() {
    check(cudaEventRecord(done, stream), "cudaEventRecord");
  }

  /** Whether the stream has come to the mark. */
  boolean isDone() {
    int status = cudaEventQuery(done);
    if (status == cudaErrorNotReady) {
      return false;
    }
    check(status, "cudaEventQuery");
    return true;
  }

  private static void check(int status, String call) {
    if (status != cudaSuccess) {
      throw new NativeFailure(
          call
              + ": "
              + cudaGetErrorString(status).getString()
              + " ("
              + cudaGetErrorName(status).getString()
              + ")");
    }
  }

  /** Gives everything back; what the device refuses to take ends with the process. */
  @Override
  public void close() {
    cudaSetDevice(number);
    cudaFree(memory);
    cudaEventDestroy(done);
    cudaStreamDestroy(stream);
  }
}
