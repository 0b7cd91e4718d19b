"""Greedy generation by PyTorch, with a cache of fixed length, of the decoder that GenerateRun.java runs too.

generate.py SIZES DTYPE ROWS PROMPT TOKENS, SIZES as JSON, answers with one line of JSON. Then a line
`scores FILE` asks for one generation whose scores (TOKENS, ROWS, vocabulary) go to FILE as float32, and a
line of a number for as many generations. The answer to both holds the ids of the last one, seconds on the
clock and of processors, all threads together, up to the first token and from there on, for one generation.
Needs no NumPy.
"""
import ctypes
import json
import sys
import time
import zlib

import torch
import torch.nn.functional as F

FUSED = hasattr(F, "scaled_dot_product_attention")


def noise(name, count):
    """Numbers from -1 to 1 that depend on the name and the place alone: HashedWeights.java makes the same."""
    low = 0xFFFFFFFF
    z = (torch.arange(count, dtype=torch.int64) * 0x9E3779B1 + zlib.crc32(name.encode())) & low
    z = ((z ^ (z >> 16)) * 0x21F0AAAD) & low
    z = ((z ^ (z >> 15)) * 0x735A2D97) & low
    z ^= z >> 15
    return z.double() * 2.0 ** -31 - 1.0


class Model:
    def __init__(self, sizes, dtype, rows, longest):
        self.width, self.layers = sizes["width"], sizes["layers"]
        self.heads, self.pairs = sizes["heads"], sizes["kv-heads"]
        self.each = self.width // self.heads
        self.dtype = dtype
        hidden, kv = sizes["mlp-width"], self.pairs * self.each
        self.table = self.matrix("embed.weight", sizes["vocabulary"], self.width)
        self.head = self.table if sizes["tied"] else self.matrix("head.weight", sizes["vocabulary"], self.width)
        shapes = {"q": (self.width, self.width), "k": (kv, self.width), "v": (kv, self.width),
                  "o": (self.width, self.width), "gate": (hidden, self.width), "up": (hidden, self.width),
                  "down": (self.width, hidden)}
        self.w = [{part: self.matrix("layers.%d.%s.weight" % (i, part), *shape) for part, shape in shapes.items()}
                  for i in range(self.layers)]
        self.gain = torch.ones(self.width, dtype=dtype)
        self.bias = {"q": torch.zeros(self.width, dtype=dtype), "k": torch.zeros(kv, dtype=dtype)}
        self.bias["v"] = self.bias["k"]
        frequency = sizes["rope-theta"] ** -(torch.arange(0, self.each, 2, dtype=torch.float32) / self.each)
        angle = torch.outer(torch.arange(longest, dtype=torch.float32), frequency).repeat(1, 2)
        self.cos, self.sin = angle.cos().to(dtype), angle.sin().to(dtype)
        room = (self.layers, rows, self.pairs, longest, self.each)
        self.keys, self.values = torch.zeros(room, dtype=dtype), torch.zeros(room, dtype=dtype)

    def matrix(self, name, outputs, inputs):
        values = noise(name, outputs * inputs) * (0.02 * 3 ** 0.5)
        return values.float().view(outputs, inputs).to(self.dtype)

    def norm(self, x):
        whole = x.float()
        return self.gain * (whole * torch.rsqrt(whole.square().mean(-1, keepdim=True) + 1e-6)).to(self.dtype)

    def turned(self, x, at, end):
        first, second = x.chunk(2, -1)
        return x * self.cos[at:end] + torch.cat((-second, first), -1) * self.sin[at:end]

    def attention(self, q, k, v):
        rows, _, length, each = q.shape
        group = self.heads // self.pairs
        if length == 1:
            # The queries of a pair of keys and values side by side: nothing of the cache is copied.
            q = q.view(rows, self.pairs, group, each)
            share = torch.softmax(q @ k.transpose(2, 3) * each ** -0.5, -1, dtype=torch.float32)
            return (share.to(self.dtype) @ v).view(rows, 1, self.width)
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        if FUSED:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            later = torch.ones(length, length, dtype=torch.bool).triu(1)
            share = (q @ k.transpose(2, 3) * each ** -0.5).masked_fill(later, float("-inf"))
            y = torch.softmax(share, -1, dtype=torch.float32).to(self.dtype) @ v
        return y.transpose(1, 2).reshape(rows, length, self.width)

    def scores(self, ids, at):
        """Scores (ROWS, vocabulary) of what follows the ids, which stand at position "at" and after."""
        rows, length = ids.shape
        end = at + length
        x = F.embedding(ids, self.table)
        for i, w in enumerate(self.w):
            h = self.norm(x)
            q, k, v = (F.linear(h, w[part], self.bias[part]).view(rows, length, -1, self.each).transpose(1, 2)
                       for part in ("q", "k", "v"))
            self.keys[i, :, :, at:end] = self.turned(k, at, end)
            self.values[i, :, :, at:end] = v
            q = self.turned(q, at, end)
            x = x + F.linear(self.attention(q, self.keys[i, :, :, :end], self.values[i, :, :, :end]), w["o"])
            h = self.norm(x)
            x = x + F.linear(F.silu(F.linear(h, w["gate"])) * F.linear(h, w["up"]), w["down"])
        return F.linear(self.norm(x[:, -1]), self.head).float()


def generate(model, prompt, tokens, keep):
    """The ids (ROWS, TOKENS), and the clocks at the start, after the first token and at the end."""
    clocks = [(time.perf_counter(), time.process_time())]
    chosen = []
    for step in range(tokens):
        scores = model.scores(chosen[-1], prompt.shape[1] + step - 1) if step else model.scores(prompt, 0)
        chosen.append(scores.argmax(-1, keepdim=True))
        keep(scores)
        if step == 0:
            chosen[0][0].item()
            clocks.append((time.perf_counter(), time.process_time()))
    ids = torch.cat(chosen, 1).tolist()
    clocks.append((time.perf_counter(), time.process_time()))
    return ids, clocks


def main():
    sizes = json.loads(sys.argv[1])
    rows, length, tokens = map(int, sys.argv[3:6])
    dtype = {"F32": torch.float32, "BF16": torch.bfloat16}[sys.argv[2]]
    torch.set_num_threads(1)
    model = Model(sizes, dtype, rows, length + tokens)
    ids = (noise("prompt", rows * length) * 0.5 + 0.5) * sizes["vocabulary"]
    prompt = ids.long().view(rows, length)
    print(json.dumps({"version": torch.__version__}), flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            asked = line.split()
            kept = []
            laps = []
            for _ in range(1 if asked[0] == "scores" else int(asked[0])):
                new, clocks = generate(model, prompt, tokens, kept.append if asked[0] == "scores" else lambda _: None)
                laps.append(clocks)
            if kept:
                scores = torch.stack(kept).contiguous()
                with open(asked[1], "wb") as out:
                    out.write(ctypes.string_at(scores.data_ptr(), scores.numel() * 4))
            answer = {"ids": new}
            for i, part in enumerate(("prefill", "decode")):
                wall, cpu = (sum(c[i + 1][j] - c[i][j] for c in laps) / len(laps) for j in (0, 1))
                answer[part] = {"seconds": wall, "cpu_seconds": cpu}
            print(json.dumps(answer), flush=True)


main()
