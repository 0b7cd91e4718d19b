/**
 * Large exchanges between ranks through NCCL, over their GPUs.
 *
 * <p>Reading order: {@link org.clapperboard.nccl.NcclCollective} is what callers see. {@code
 * ExchangePlan} says what is copied and which native calls an operation takes, {@code Readiness}
 * how ranks agree that all of them can, {@code Device} and {@code Communicator} are CUDA and NCCL,
 * {@code Vigil} waits for them.
 *
 * <p>Written against NVIDIA's documentation and the bindings; nothing here has been run on a GPU.
 */
package org.clapperboard.nccl;
