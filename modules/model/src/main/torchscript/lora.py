# Low-rank adapters (Hu and others, 2021) as PEFT computes them, for packs whose layers may have one.
# A layer takes its adapter as "lora": A (rank, in) and B (out, rank) of each of the layer's weights
# in their order, empty where a weight has none, or no tensors at all; a key for every row of x that
# decides what dropout leaves out of it, or none; the factor alpha / rank; the share left out.

# SplitMix64's finalizer: neighbouring numbers become unrelated ones. Integers, so that every machine
# makes the same.
def mixed(z: Tensor) -> Tensor:
  z = (z ^ ((z >> 30) & 17179869183)) * -4658895280553007687
  z = (z ^ ((z >> 27) & 137438953471)) * -7723592293110705685
  return z ^ ((z >> 31) & 8589934591)

# Leaves elements of x (..., D) out and scales the others up. Whether one stays is a function of the
# key of its row (...), its column and the place of the weight in its layer: an odd number for the
# row times one for the column, mixed, in 32 bits.
def dropped(x: Tensor, keys: Tensor, place: int, share: float) -> Tensor:
  row = __torch__.mixed(keys + place * -7046029254386353131).to(3) * 2 + 1
  column = torch.arange(x.size(-1), dtype=4, device=x.device) + place * 4294967296
  bits = row.unsqueeze(-1) * (__torch__.mixed(column).to(3) * 2 + 1)
  bits = (bits ^ (bits >> 15)) * 739982445
  lost = bits < int(share * 4294967296.) - 2147483648
  return (x * (1. / (1. - share))).masked_fill(lost, 0.)

# Whether a few rows of bfloat16 are faster to the right of a matrix: not on every processor, and
# where they are not this is put otherwise when a pack is loaded. Of the weights of a large vocabulary
# the library would make copies first; they stay there.
def right_of_matrix() -> bool:
  return True

# A linear layer that decoding gives a few rows, on a CPU. Those of bfloat16 may go to the right of the
# matrix; a few of float32 are faster with pieces of it that stay in the cache: the library packs all of
# it first.
def product(x: Tensor, w: Tensor, bias: Optional[Tensor]=None) -> Tensor:
  rows = x.numel() // x.size(-1)
  if x.is_cuda or rows < 1 or rows > 15 or torch.is_grad_enabled():
    return torch.linear(x, w, bias)
  if x.dtype == 6:
    if rows == 1 or w.size(0) % 64 > 0:
      return torch.linear(x, w, bias)
    pieces = w.size(0) // 64
    each = w.view([pieces, 64, -1]).transpose(1, 2)
    y = torch.bmm(x.reshape([1, rows, -1]).expand([pieces, rows, -1]), each).transpose(0, 1)
  elif not __torch__.right_of_matrix() and w.numel() <= 134217728:
    return torch.linear(x, w, bias)
  elif rows == 1:
    y = torch.mv(w, x.reshape([-1]))
  else:
    y = torch.mm(w, x.reshape([rows, -1]).t()).t().contiguous()
  shape = x.size()
  shape[-1] = w.size(0)
  y = y.reshape(shape)
  if bias is not None:
    y = y + bias
  return y

# A linear layer with the i-th of some weights, and what its adapter adds.
def adapted(x: Tensor, w: List[Tensor], i: int, bias: Optional[Tensor],
            lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
  y = __torch__.product(x, w[i], bias)
  matrices, keys, factor, share, = lora
  if len(matrices) > 0:
    a = matrices[2 * i]
    if a.numel() > 0:
      if keys is not None:
        x = __torch__.dropped(x, keys, i, share)
      y = y + torch.linear(torch.linear(x, a), matrices[2 * i + 1]) * factor
  return y

# The adapter for all rows of x one after the other.
def for_flat(lora: Tuple[List[Tensor], Optional[Tensor], float, float]
             ) -> Tuple[List[Tensor], Optional[Tensor], float, float]:
  matrices, keys, factor, share, = lora
  if keys is not None:
    keys = keys.flatten()
  return (matrices, keys, factor, share)

# The adapter for some of the rows.
def for_rows(lora: Tuple[List[Tensor], Optional[Tensor], float, float],
             rows: Tensor) -> Tuple[List[Tensor], Optional[Tensor], float, float]:
  matrices, keys, factor, share, = lora
  if keys is not None:
    keys = keys.index_select(0, rows)
  return (matrices, keys, factor, share)
