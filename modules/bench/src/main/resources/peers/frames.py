"""Videos to the floats of CLIP with PyAV and Pillow: the usual way to do in Python what shards are made of.

frames.py FRAMES SIZE serves requests, one a line: the path of a video. It is decoded from its beginning to the
last frame that is wanted, on one thread; of the wanted ones (middles of equal parts) each is padded to a square,
resized by Pillow and normalised. The answer is a line of JSON with the CRC-32 of the float32 tensor, of every
frame's RGB bytes, and the processor time by part. `versions` asks for the versions of what is used; `nearest`, a
tab, a video, a tab, the number of a frame, a tab and a file of RGB bytes asks which of that frame and those before
and behind it is nearest to the bytes, and how far it is in the mean.
"""
import json
import sys
import time
import zlib

import av
import numpy as np
from PIL import Image

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
PAD = (122, 116, 104)
# What each of the 256 values of a channel becomes: one look-up is faster than three steps of arithmetic.
FLOATS = ((np.arange(256) * (1.0 / 255.0)).astype(np.float32)[:, None] - MEAN) / DEVIATION


def middles(total, count):
    part = (total - 1) / count
    return [int(np.round((part * i + part * (i + 1)) / 2 + 1e-6)) for i in range(count)]


class Parts:
    """Processor time by what it was used for."""

    def __init__(self):
        self.spent = {}
        self.last = time.process_time()

    def end(self, name):
        now = time.process_time()
        self.spent[name] = self.spent.get(name, 0.0) + now - self.last
        self.last = now


def best(streams):
    """Of several videos in a file the one that FFmpeg itself prefers, and decord with it."""
    return max(streams, key=lambda stream: stream.bit_rate or 0)


def packets(container, stream):
    count = sum(1 for packet in container.demux(stream) if packet.size)
    container.seek(0)
    return count


def square(image):
    width, height = image.size
    if width == height:
        return image
    side = max(width, height)
    canvas = Image.new("RGB", (side, side), PAD)
    canvas.paste(image, ((side - width) // 2, (side - height) // 2))
    return canvas


def clip(path, count, size, parts):
    tensor = np.empty((count, 3, size, size), np.float32)
    rgb = []
    with av.open(path) as container:
        stream = best(container.streams.video)
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        total = stream.frames or packets(container, stream)
        wanted = middles(total, count)
        place = 0
        for number, frame in enumerate(container.decode(stream)):
            if number != wanted[place]:
                continue
            parts.end("decode")
            pixels = frame.to_ndarray(format="rgb24")
            parts.end("rgb")
            small = square(Image.fromarray(pixels)).resize((size, size), resample=Image.BICUBIC)
            parts.end("resize")
            small = np.asarray(small)
            first = place
            while place < count and wanted[place] == number:
                if place == first:
                    for channel in range(3):
                        np.take(FLOATS[:, channel], small[:, :, channel], out=tensor[place, channel], mode="clip")
                else:
                    tensor[place] = tensor[first]  # A short clip shows a frame again.
                rgb.append(pixels)
                place += 1
            parts.end("floats")
            if place == count:
                break
        else:
            raise ValueError("%d of %d frames came out" % (number + 1, total))
    parts.end("decode")
    return tensor, rgb, total, wanted


def answer(path, count, size):
    wall = time.perf_counter()
    parts = Parts()
    try:
        tensor, rgb, total, wanted = clip(path, count, size, parts)
    except (av.AVError, ValueError, IndexError) as problem:
        return {"problem": "%s: %s" % (type(problem).__name__, problem)}
    wall = time.perf_counter() - wall
    return {
        "seconds": wall,
        "cpu_seconds": sum(parts.spent.values()),
        "parts": parts.spent,
        "crc32": zlib.crc32(tensor.tobytes()),
        "frames": total,
        "wanted": wanted,
        "rgb": [zlib.crc32(pixels.tobytes()) for pixels in rgb],
        "width": rgb[0].shape[1],
        "height": rgb[0].shape[0],
    }


def nearest(path, number, rgb):
    given = np.fromfile(rgb, np.uint8).astype(np.int16)
    distances = {}
    with av.open(path) as container:
        stream = best(container.streams.video)
        for place, frame in enumerate(container.decode(stream)):
            if abs(place - number) <= 1:
                pixels = frame.to_ndarray(format="rgb24").reshape(-1).astype(np.int16)
                if pixels.size == given.size:
                    distances[place] = float(np.abs(pixels - given).mean())
            if place > number:
                break
    if not distances:
        return {"nearest": -1, "distance": 255.0}
    place = min(distances, key=distances.get)
    return {"nearest": place, "distance": distances[place]}


def reply(line, count, size):
    if line == "versions":
        return versions()
    if line.startswith("nearest\t"):
        _, path, number, rgb = line.split("\t")
        return nearest(path, int(number), rgb)
    return answer(line, count, size)


def versions():
    import PIL

    codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return {"pyav": av.__version__, "pillow": PIL.__version__, "libavcodec": codec, "numpy": np.__version__}


def main():
    av.logging.set_level(av.logging.ERROR)
    count, size = int(sys.argv[1]), int(sys.argv[2])
    for line in sys.stdin:
        print(json.dumps(reply(line.rstrip("\n"), count, size)), flush=True)


main()
