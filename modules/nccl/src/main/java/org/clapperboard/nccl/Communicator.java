package org.clapperboard.nccl;

import static org.bytedeco.cuda.global.nccl.NCCL_UNIQUE_ID_BYTES;
import static org.bytedeco.cuda.global.nccl.ncclAllGather;
import static org.bytedeco.cuda.global.nccl.ncclAllReduce;
import static org.bytedeco.cuda.global.nccl.ncclBroadcast;
import static org.bytedeco.cuda.global.nccl.ncclCommAbort;
import static org.bytedeco.cuda.global.nccl.ncclCommDestroy;
import static org.bytedeco.cuda.global.nccl.ncclCommFinalize;
import static org.bytedeco.cuda.global.nccl.ncclCommGetAsyncError;
import static org.bytedeco.cuda.global.nccl.ncclCommInitRankConfig;
import static org.bytedeco.cuda.global.nccl.ncclFloat32;
import static org.bytedeco.cuda.global.nccl.ncclGetErrorString;
import static org.bytedeco.cuda.global.nccl.ncclGetUniqueId;
import static org.bytedeco.cuda.global.nccl.ncclGetVersion;
import static org.bytedeco.cuda.global.nccl.ncclGroupEnd;
import static org.bytedeco.cuda.global.nccl.ncclGroupStart;
import static org.bytedeco.cuda.global.nccl.ncclInProgress;
import static org.bytedeco.cuda.global.nccl.ncclReduce;
import static org.bytedeco.cuda.global.nccl.ncclReduceScatter;
import static org.bytedeco.cuda.global.nccl.ncclSuccess;
import static org.bytedeco.cuda.global.nccl.ncclSum;
import static org.bytedeco.cuda.global.nccl.ncclUint8;

import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.cuda.nccl.ncclUniqueId;
import org.bytedeco.javacpp.BytePointer;
import org.clapperboard.nccl.ExchangePlan.DeviceCall;

/**
 * NCCL's connection of all ranks. It does not block: what takes long is in progress until {@link
 * #isIdle} says otherwise, so that a rank can stop waiting for one that never comes.
 */
final class Communicator {
  /** The first version whose communicators need not block. */
  private static final int OLDEST = 21400;

  private static final int CONFIG_MAGIC = 0xcafebeef;

  /** Size, magic, version and blocking, which padding follows. */
  private static final long CONFIG_BYTES = 24;

  private static final int UNDEFINED = Integer.MIN_VALUE;

  private final ncclComm comm = new ncclComm();
  private final int rank;

  /**
   * Begins to connect this rank with the others; done when it {@link #isIdle}.
   *
   * @param id what rank 0 got of {@link #newId}
   */
  Communicator(byte[] id, int rank, int worldSize) {
    this.rank = rank;
    ncclUniqueId name = new ncclUniqueId();
    for (int i = 0; i < NCCL_UNIQUE_ID_BYTES; i++) {
      name.internal(i, id[i]);
    }
    check(
        ncclCommInitRankConfig(comm, worldSize, name, rank, notBlocking()),
        "ncclCommInitRankConfig");
  }

  /** What names a new communicator. */
  static byte[] newId() {
    ncclUniqueId id = new ncclUniqueId();
    check(ncclGetUniqueId(id), "ncclGetUniqueId");
    byte[] bytes = new byte[NCCL_UNIQUE_ID_BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = id.internal(i);
    }
    return bytes;
  }

  /** Fails if the host's NCCL cannot do what is needed. */
  static void requireVersion() {
    int[] version = new int[1];
    check(ncclGetVersion(version), "ncclGetVersion");
    if (version[0] < OLDEST) {
      throw new NativeFailure(
          "libnccl.so.2 is of version code " + version[0] + " (expected: at least " + OLDEST + ")");
    }
  }

  /**
   * NCCL_CONFIG_INITIALIZER, a macro of nccl.h, as it was in {@link #OLDEST}, with blocking = 0.
   * Later NCCLs take it and set what they have added themselves. The bindings' own version has
   * fields of theirs, and those that nobody has set are refused.
   */
  private static ncclConfig_t notBlocking() {
    return new ncclConfig_t()
        .size(CONFIG_BYTES)
        .magic(CONFIG_MAGIC)
        .version(OLDEST)
        .blocking(0)
        .cgaClusterSize(UNDEFINED);
  }

  /** Gives the calls to the device's stream, as one group; it has them when it {@link #isIdle}. */
  void start(List<DeviceCall> calls, Device device, int elementBytes) {
    int type = elementBytes == Float.BYTES ? ncclFloat32 : ncclUint8;
    check(ncclGroupStart(), "ncclGroupStart");
    for (DeviceCall call : calls) {
      check(start(call, device, elementBytes, type), "NCCL's " + call.kind());
    }
    check(ncclGroupEnd(), "ncclGroupEnd");
  }

  /** In place means for NCCL that a rank's own slice is where it belongs among all. */
  private int start(DeviceCall call, Device device, int elementBytes, int type) {
    long count = call.count();
    CUstream_st stream = device.stream();
    BytePointer all = device.at(call.first() * elementBytes);
    return switch (call.kind()) {
      case REDUCE_SCATTER -> {
        BytePointer own = device.at((call.first() + rank * count) * elementBytes);
        yield ncclReduceScatter(all, own, count, type, ncclSum, comm, stream);
      }
      case ALL_GATHER -> {
        BytePointer own = device.at((call.first() + rank * count) * elementBytes);
        yield ncclAllGather(own, all, count, type, comm, stream);
      }
      case ALL_REDUCE -> ncclAllReduce(all, all, count, type, ncclSum, comm, stream);
      case REDUCE -> ncclReduce(all, all, count, type, ncclSum, call.root(), comm, stream);
      case BROADCAST -> ncclBroadcast(all, all, count, type, call.root(), comm, stream);
    };
  }

  /**
   * Whether what was begun is with the device.
   *
   * @throws NativeFailure if the communicator has failed
   */
  boolean isIdle() {
    int[] state = new int[1];
    check(ncclCommGetAsyncError(comm, state), "ncclCommGetAsyncError");
    check(state[0], "NCCL");
    return state[0] != ncclInProgress;
  }

  /** Ends what runs, on this rank; others learn of it over TCP. */
  void abort() {
    ncclCommAbort(comm);
  }

  /** Leaves in good order, or as it can. */
  void close(Vigil vigil) {
    try {
      check(ncclCommFinalize(comm), "ncclCommFinalize");
      vigil.until(this::isIdle, "ncclCommFinalize");
    } catch (NativeFailure e) {
      abort();
      return;
    }
    ncclCommDestroy(comm);
  }

  private static void check(int status, String call) {
    if (status != ncclSuccess && status != ncclInProgress) {
      throw new NativeFailure(call + ": " + ncclGetErrorString(status).getString());
    }
  }
}
