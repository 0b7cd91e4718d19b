"""A tar shard read the way WebDataset reads one: as a stream, every member whole.

tar.py BIN TAR MEMBER_BYTES makes the tar of consecutive parts of BIN, then serves requests, one a line:
`read` reads all members and adds up their first and last bytes; `check` takes the CRC-32 of all of them;
`plain` reads BIN through one buffer of a megabyte. An answer is one line of JSON.
"""
import io
import json
import os
import sys
import tarfile
import time
import zlib


def make(source, target, size):
    with open(source, "rb") as data, tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as tar:
        number = 0
        while member := data.read(size):
            entry = tarfile.TarInfo("%07d.jpg" % number)
            entry.size = len(member)
            tar.addfile(entry, io.BytesIO(member))
            number += 1


def members(path):
    # The buffer of tarfile is left as it is: a larger one makes its stream much slower.
    with open(path, "rb", buffering=1 << 20) as file, tarfile.open(fileobj=file, mode="r|*") as tar:
        for entry in tar:
            yield tar.extractfile(entry).read()
            tar.members = []  # Otherwise it keeps every header.


def read(path):
    count = total = ends = 0
    for member in members(path):
        count += 1
        total += len(member)
        ends += member[0] + member[-1]
    return {"members": count, "bytes": total, "ends": ends}


def check(path):
    crc = 0
    for member in members(path):
        crc = zlib.crc32(member, crc)
    return {"crc32": crc}


def plain(path):
    buffer = bytearray(1 << 20)
    total = 0
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            total += count
    return {"bytes": total}


def main():
    source, target, size = sys.argv[1:]
    if not os.path.exists(target):
        make(source, target, int(size))
    work = {"read": lambda: read(target), "check": lambda: check(target), "plain": lambda: plain(source)}
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        answer = work[line.strip()]()
        answer["seconds"] = time.perf_counter() - wall
        answer["cpu_seconds"] = time.process_time() - cpu
        print(json.dumps(answer), flush=True)


main()
