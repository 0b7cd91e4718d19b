"""One rank of PyTorch's Gloo on the loopback interface.

allreduce.py RANK RANKS FOLDER joins the other ranks through a file in FOLDER and answers with one line of
JSON. Then each line `BYTES TIMES` asks for TIMES all-reduces of BYTES of float32, one after the other; the
answer tells seconds on the clock and of processors, all threads together, for one of them.
"""
import json
import os
import sys
import time

os.environ["GLOO_SOCKET_IFNAME"] = "lo"
import torch
import torch.distributed as dist

PERIOD = 1000
SMALL = 2.0 ** -60  # Sums grow with every all-reduce; so small, a hundred doublings have room.


def fill(buffer, rank):
    torch.arange(buffer.numel(), out=buffer).remainder_(PERIOD).add_(rank + 1).mul_(SMALL)


def check(buffer, ranks, times):
    expected = torch.arange(buffer.numel(), dtype=torch.float32).remainder_(PERIOD)
    expected.mul_(ranks).add_(ranks * (ranks + 1) / 2).mul_(SMALL * float(ranks) ** (times - 1))
    if not torch.equal(buffer, expected):
        sys.exit("a sum of Gloo's is wrong")


def main():
    rank, ranks, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method="file://%s/gloo-%d" % (folder, ranks), rank=rank, world_size=ranks)
    print(json.dumps({"version": torch.__version__}), flush=True)
    buffer = torch.empty(0)
    for line in sys.stdin:
        size, times = map(int, line.split())
        if buffer.numel() != size // 4:
            buffer = torch.empty(size // 4, dtype=torch.float32)
        fill(buffer, rank)
        dist.barrier()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            dist.all_reduce(buffer)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        check(buffer, ranks, times)
        print(json.dumps({"seconds": wall / times, "cpu_seconds": cpu / times}), flush=True)


main()
