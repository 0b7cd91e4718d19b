"""Writes the fixtures of this folder. Run with PyTorch 1.13 or later."""
import collections
import json
import struct

import torch

torch.manual_seed(7)
base = torch.randn(4, 6)
tensors = collections.OrderedDict(
    [
        ("plain", base),
        ("transposed", base.t()),
        ("steps", base[1:3, ::2]),
        ("last_row", base[3]),
        ("repeated", base[:, :1].expand(4, 3)),
        ("scalar", torch.tensor(2.5)),
        ("empty", torch.zeros(0, 3)),
        ("half", torch.tensor([1.0, -0.1, 6e-8, 65504.0]).half()),
        ("bfloat16", torch.tensor([1.0, -0.1, 3e38, 1e-40]).bfloat16()),
        ("double", torch.tensor([0.1, -1e300 * 0]).double()),
        ("counts", torch.tensor([[1, 2], [3, -4]])),
    ]
)
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


def old(value, name):
    torch.save(value, name, _use_new_zipfile_serialization=False)


torch.save(tensors, "strided.pt")
old(tensors, "strided_old.pt")
torch.save({"model." + k: v for k, v in module.state_dict().items()}, "module.bin")
beats = {
    "cfg": {"encoder_layers": 12, "dropout": 0.1, "layer_norm_first": False, "name": "x", "nothing": None,
            "list": [1, -2, 70000, 1 << 40], "pair": (1, 2)},
    "model": {"patch_embedding.weight": torch.nn.Parameter(torch.randn(2, 1, 2, 2))},
}
torch.save(beats, "wrapped.pt")
old(beats | {"optimizer": {"step": torch.ones(3)}}, "wrapped_old.pt")

expected = dict(tensors)
expected.update({"module.model." + k: v for k, v in module.state_dict().items()})
expected["patch_embedding.weight"] = beats["model"]["patch_embedding.weight"].detach()
header, data = {}, b""
for name, tensor in expected.items():
    values = tensor.float().contiguous().flatten().tolist()
    raw = struct.pack("<%df" % len(values), *values)
    offsets = [len(data), len(data) + len(raw)]
    header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
    data += raw
text = json.dumps(header).encode()
with open("expected.safetensors", "wb") as out:
    out.write(struct.pack("<Q", len(text)) + text + data)
