"""Training steps by PyTorch of the model that StepRun.java trains too: forward, backward, clipping, AdamW.

step.py SIZES OPTIONS, both JSON, answers with one line of JSON. Then a line `steps N` asks for so many steps,
`layers N` for the decoder's layers alone, forward and backward, `products` for the rate of square products.
Options: dtype, connector-only, recompute, threads, device, head (all or labels), optimizer (fused, foreach, loop
or usual). Weights, frames and ids are the hashes of HashedWeights.java. Needs no NumPy.
"""
import json
import sys
import time
import zlib

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

SDPA = getattr(F, "scaled_dot_product_attention", None)
CPU_FUSED = int(torch.__version__.split(".")[0]) > 1


def noise(name, count):
    z = torch.arange(count, dtype=torch.int64)
    low = 0xFFFFFFFF
    z = (z * 0x9E3779B1 + zlib.crc32(name.encode())) & low
    z = ((z ^ (z >> 16)) * 0x21F0AAAD) & low
    z = ((z ^ (z >> 15)) * 0x735A2D97) & low
    z ^= z >> 15
    return z.double() * 2.0 ** -31 - 1.0


def attention(q, k, v, heads, causal):
    """Of projections (rows, positions, width); a head of keys serves several of queries."""
    rows, length, _ = q.shape
    each = q.shape[2] // heads
    pairs = k.shape[2] // each
    q, k, v = q.view(rows, length, heads, each), k.view(rows, length, pairs, each), v.view(rows, length, pairs, each)
    return weighted(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), causal)


def weighted(q, k, v, causal):
    if q.shape[1] > k.shape[1]:
        group = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    if SDPA is not None:
        y = SDPA(q, k, v, is_causal=causal)
    else:
        share = q @ k.transpose(2, 3) * q.shape[3] ** -0.5
        if causal:
            later = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).triu(1)
            share = share.masked_fill(later, float("-inf"))
        y = torch.softmax(share, -1, dtype=torch.float32).to(v.dtype) @ v
    return y.transpose(1, 2).flatten(2)


class EncoderBlock(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        h = self.ln1(x)
        x = x + self.o(attention(self.q(h), self.k(h), self.v(h), self.heads, False))
        h = self.fc1(self.ln2(x))
        return x + self.fc2(h * torch.sigmoid(1.702 * h))


class Encoder(nn.Module):
    """CLIP's; what comes out of the last block but one, without the class token."""

    def __init__(self, s):
        super().__init__()
        width, grid = s["v-width"], s["image"] // s["patch"]
        self.patch = nn.Conv2d(3, width, s["patch"], s["patch"], bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.position = nn.Parameter(torch.zeros(grid * grid + 1, width))
        self.pre_norm = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            EncoderBlock(width, s["v-heads"], s["v-mlp-width"]) for _ in range(s["v-layers"] - 1))

    def forward(self, pixels):
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        x = torch.cat((self.class_embedding.expand(len(x), 1, -1), x), 1) + self.position
        x = self.pre_norm(x)
        for block in self.blocks:
            x = block(x)
        return x[:, 1:]


class Norm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Bottleneck(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        squeezed = round(inputs * 0.25)
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), Norm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False), Norm2d(width)
        self.se1, self.se2 = nn.Conv2d(width, squeezed, 1), nn.Conv2d(squeezed, width, 1)
        self.conv3, self.bn3 = nn.Conv2d(width, width, 1, bias=False), Norm2d(width)
        self.down = nn.Sequential(nn.Conv2d(inputs, width, 1, bias=False), Norm2d(width)) if inputs != width else None

    def forward(self, x):
        y = F.silu(self.bn1(self.conv1(x)))
        y = F.silu(self.bn2(self.conv2(y)))
        y = y * torch.sigmoid(self.se2(F.silu(self.se1(y.mean((2, 3), keepdim=True)))))
        return F.silu(self.bn3(self.conv3(y)) + (x if self.down is None else self.down(x)))


class Connector(nn.Module):
    """Channels last throughout; the 2x2x2 convolution is one product, which is its best setting."""

    def __init__(self, inputs, width):
        super().__init__()
        self.s1 = nn.Sequential(Bottleneck(inputs, width), *(Bottleneck(width, width) for _ in range(3)))
        self.sampler = nn.Conv3d(width, width, 2, 2)
        self.s2 = nn.Sequential(*(Bottleneck(width, width) for _ in range(4)))
        self.readout = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, x, rows):
        pictures, patches, _ = x.shape
        grid = round(patches ** 0.5)
        last = torch.channels_last
        x = x.transpose(1, 2).unflatten(2, (grid, grid)).contiguous(memory_format=last)
        x = self.s1(x).permute(0, 2, 3, 1)
        width, half = x.shape[3], grid // 2
        x = x.reshape(pictures // 2, 2, half, 2, half, 2, width).permute(0, 2, 4, 6, 1, 3, 5)
        x = F.silu(F.linear(x.flatten(3), self.sampler.weight.flatten(1), self.sampler.bias))
        x = self.s2(x.permute(0, 3, 1, 2).contiguous(memory_format=last))
        return self.readout(x.permute(0, 2, 3, 1).reshape(rows, -1, width))


class RootMeanSquare(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        whole = x.float()
        return self.weight * (whole * torch.rsqrt(whole.square().mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


def turned(x, cos, sin):
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat((-second, first), -1) * sin


class Layer(nn.Module):
    def __init__(self, s):
        super().__init__()
        width, hidden = s["width"], s["mlp-width"]
        self.heads, self.pairs = s["heads"], s["kv-heads"]
        keys = width // self.heads * self.pairs
        self.n1, self.n2 = RootMeanSquare(width), RootMeanSquare(width)
        self.q, self.k, self.v = nn.Linear(width, width), nn.Linear(width, keys), nn.Linear(width, keys)
        self.o = nn.Linear(width, width, bias=False)
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin):
        h = self.n1(x)
        rows, length, _ = x.shape
        q = turned(self.q(h).view(rows, length, self.heads, -1).transpose(1, 2), cos, sin)
        k = turned(self.k(h).view(rows, length, self.pairs, -1).transpose(1, 2), cos, sin)
        v = self.v(h).view(rows, length, self.pairs, -1).transpose(1, 2)
        x = x + self.o(weighted(q, k, v, True))
        h = self.n2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self, s, options):
        super().__init__()
        self.s, self.options = s, options
        width = s["width"]
        self.vision, self.connector = Encoder(s), Connector(s["v-width"], width)
        self.embed = nn.Embedding(s["vocabulary"], width)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s["layers"]))
        self.norm = RootMeanSquare(width)
        self.head = nn.Linear(width, s["vocabulary"], bias=False)
        if s["tied"]:
            self.head.weight = self.embed.weight

    def fill(self):
        with torch.no_grad():
            for name, p in self.named_parameters():
                if p.ndim == 1 and not name.endswith("class_embedding"):
                    p.fill_(float(name.endswith("weight")))
                else:
                    deviation = p[0].numel() ** -0.5 if p.ndim >= 4 else 0.02
                    p.copy_((noise(name, p.numel()) * (deviation * 3 ** 0.5)).float().view(p.shape))

    def through(self, x):
        each = self.s["width"] // self.s["heads"]
        frequency = self.s["rope-theta"] ** -(torch.arange(0, each, 2).float() / each)
        angle = torch.outer(torch.arange(x.shape[1]).float(), frequency).repeat(1, 2)
        cos, sin = angle.cos().to(x), angle.sin().to(x)
        for layer in self.layers:
            x = checkpoint(layer, x, cos, sin, use_reentrant=False) if self.options["recompute"] else layer(x, cos, sin)
        return x

    def forward(self, frames, ids, labels):
        rows = len(ids)
        with torch.no_grad():
            seen = self.vision(frames)
        clip = self.connector(seen, rows)
        x = self.through(torch.cat((clip, self.embed(ids)), 1))
        if self.options["head"] == "labels":
            at = labels.flatten().ge(0).nonzero().squeeze(1)
            x, labels = x[:, clip.shape[1]:].flatten(0, 1)[at], labels.flatten()[at]
        else:
            labels = F.pad(labels, (clip.shape[1], 0), value=-100).flatten()
            x = x.flatten(0, 1)
        return F.cross_entropy(self.head(self.norm(x)).float(), labels, ignore_index=-100)


class Training:
    def __init__(self, s, options):
        self.s, self.options = s, options
        self.dtype = {"F32": torch.float32, "BF16": torch.bfloat16}[options["dtype"]]
        self.model = Model(s, options)
        self.model.fill()
        self.model.to(options["device"])
        self.model.vision.requires_grad_(False)
        if options["connector-only"]:
            self.model.requires_grad_(False)
            self.model.connector.requires_grad_(True)
        learned = [p for p in self.model.parameters() if p.requires_grad]
        # Rounded weights learn by way of float32 masters.
        self.masters = learned
        if self.dtype != torch.float32:
            self.masters = [nn.Parameter(p.detach().clone()) for p in learned]
            self.model.to(self.dtype)
        for m in self.model.connector.modules():
            if isinstance(m, nn.Conv2d):
                m.to(memory_format=torch.channels_last)
        self.learned = [p for p in self.model.parameters() if p.requires_grad]
        groups = [{"params": [m for m in self.masters if m.ndim > 1], "weight_decay": 0.01},
                  {"params": [m for m in self.masters if m.ndim == 1], "weight_decay": 0.0}]
        kind = options["optimizer"]
        if kind == "usual":
            kind = "fused" if CPU_FUSED else "foreach"
        chosen = {} if kind == "loop" else {kind: True}
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, **chosen)
        rows, text = s["rows"], s["text"]
        pixels = noise("frames", rows * s["frames"] * 3 * s["image"] ** 2).float()
        self.frames = pixels.view(-1, 3, s["image"], s["image"]).to(self.dtype)
        tokens = ((noise("ids", rows * (text + 1)) * 0.5 + 0.5) * s["vocabulary"]).long().view(rows, -1)
        self.ids, self.labels = tokens[:, :-1].contiguous(), tokens[:, 1:].clone()
        self.labels[:, :text // 2] = -100
        self.frames, self.ids, self.labels = (x.to(options["device"]) for x in (self.frames, self.ids, self.labels))

    def clock(self):
        if self.options["device"] != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter()

    def step(self):
        clocks = [self.clock()]
        loss = self.model(self.frames, self.ids, self.labels)
        clocks.append(self.clock())
        loss.backward()
        clocks.append(self.clock())
        if self.dtype != torch.float32:
            for p, master in zip(self.learned, self.masters):
                master.grad, p.grad = p.grad.float(), None
        norm = nn.utils.clip_grad_norm_(self.masters, 1.0)
        clocks.append(self.clock())
        self.optimizer.step()
        if self.dtype != torch.float32:
            with torch.no_grad():
                for p, master in zip(self.learned, self.masters):
                    p.copy_(master)
        self.optimizer.zero_grad(set_to_none=True)
        clocks.append(self.clock())
        return loss.item(), float(norm), [b - a for a, b in zip(clocks, clocks[1:])]

    def steps(self, count):
        wall, cpu = time.perf_counter(), time.process_time()
        taken = [self.step() for _ in range(count)]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        answer = {"losses": [t[0] for t in taken], "norm": taken[-1][1], "seconds": wall / count,
                  "cpu_seconds": cpu / count}
        for i, part in enumerate(("forward", "backward", "clip", "update")):
            answer[part] = sum(t[2][i] for t in taken) / count
        return answer

    def layers(self, count):
        length = self.s["text"] + self.s["frames"] // 2 * (self.s["image"] // self.s["patch"] // 2) ** 2
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            x = ((torch.rand(self.s["rows"], length, self.s["width"]) - 0.5) * 0.05).to(self.dtype).requires_grad_()
            self.model.through(x).float().sum().backward()
            self.model.zero_grad(set_to_none=True)
        return {"seconds": (time.perf_counter() - wall) / count, "cpu_seconds": (time.process_time() - cpu) / count}


def products():
    answer = {}
    for name, dtype in (("F32", torch.float32), ("BF16", torch.bfloat16)):
        x, w = (torch.rand(2048, 2048).to(dtype) for _ in range(2))
        best = float("inf")
        for _ in range(3):
            cpu = time.process_time()
            for _ in range(10):
                F.linear(x, w)
            best = min(best, (time.process_time() - cpu) / 10)
        answer[name] = 2 * 2048.0 ** 3 / best / 1e9
    return answer


def main():
    s, options = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    torch.set_num_threads(options["threads"])
    training = Training(s, options)
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        asked = line.split()
        if asked[0] == "products":
            answer = products()
        else:
            answer = getattr(training, asked[0])(int(asked[1]))
        print(json.dumps(answer), flush=True)


main()
