"""Sounds to Kaldi filter banks by torchaudio: a WAV file of 16 bits, mono, 16 kHz, so many seconds, 128 bins.

fbank.py SECONDS BINS, then requests, one a line of JSON: {"file": F, "to": T} writes the bank of F to T as
float32; {"files": [...], "times": N} makes those of all files N times and tells what that took.
"""
import ctypes
import json
import sys
import time
import wave

import torch
import torchaudio

RATE = 16000


def samples(path):
    """Mono, from -1 to 1."""
    with wave.open(path, "rb") as file:
        channels, rate = file.getnchannels(), file.getframerate()
        data = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
    x = data.float().view(-1, channels)
    mono = x[:, 0] if channels == 1 else x[:, 0] * 0.5 + x[:, 1] * 0.5
    return (mono / 32768.0).unsqueeze(0), rate


def bank(path, seconds, bins):
    x, rate = samples(path)
    x = x[:, :seconds * rate]
    if rate != RATE:
        x = torchaudio.functional.resample(x, rate, RATE)
    length = seconds * RATE
    x = x[:, :length] if x.shape[1] >= length else torch.nn.functional.pad(x, (0, length - x.shape[1]))
    return torchaudio.compliance.kaldi.fbank(x * 32768.0, num_mel_bins=bins, sample_frequency=RATE)


def main():
    seconds, bins = map(int, sys.argv[1:])
    torch.set_num_threads(1)
    print(json.dumps({"version": torchaudio.__version__, "torch": torch.__version__}), flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            asked = json.loads(line)
            if "to" in asked:
                made = bank(asked["file"], seconds, bins).contiguous()
                with open(asked["to"], "wb") as out:
                    out.write(ctypes.string_at(made.data_ptr(), made.numel() * 4))
                print(json.dumps({"frames": made.shape[0]}), flush=True)
                continue
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(asked["times"]):
                for file in asked["files"]:
                    bank(file, seconds, bins)
            print(json.dumps({"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}),
                  flush=True)


main()
