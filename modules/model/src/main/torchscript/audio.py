# BEATs, the audio encoder (reference model/beats). Shapes: B sounds, S frames of M mel bins,
# L = (S / 16) * (M / 16) tokens in time-major order, E patch width, C width, H heads. lora.py
# says what "lora" is.
# includes lora.py
# includes placing.py
class Audio(Module):

  def norm(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], weight, bias, 1e-5)

  # Log-mel filter bank (B, S, M) -> patches (B, L, E), brought to the statistics of AudioSet in
  # fp32, from there on in the type of the weights.
  def patches(self, bank: Tensor, patch: Tensor, mean: float, deviation: float) -> Tensor:
    x = __torch__.placed(((bank - mean) / (2. * deviation)).unsqueeze(1), patch)
    side = patch.size(3)
    return torch.conv2d(x, patch, None, [side, side]).flatten(2).transpose(1, 2)

  # The projection is left out where patches are as wide as the encoder.
  def project(self, x: Tensor, norm: Tensor, norm_b: Tensor, projection: List[Tensor]) -> Tensor:
    x = self.norm(x, norm, norm_b)
    return torch.linear(x, projection[0], projection[1]) if len(projection) > 0 else x

  # Positions by convolution, with weight norm (fp32 inside) over the kernel axis;
  # (B, L, C) -> (B, L, C). On CPUs the convolution is fp32 too: with the tiles (AMX) of Intel's
  # processors libtorch 2.7.1 makes nonsense of it in bf16.
  def positions(self, x: Tensor, g: Tensor, v: Tensor, bias: Tensor, groups: int) -> Tensor:
    whole = v.to(6)
    weight = whole * (g.to(6) * torch.rsqrt((whole * whole).sum([0, 1], True) + 1e-6))
    dtype = x.dtype if x.is_cuda else 6
    y = torch.conv1d(x.transpose(1, 2).to(dtype), weight.to(dtype), bias.to(dtype), [1],
                     [v.size(2) // 2], [1], groups)
    return torch.gelu(y[:, :, 0:x.size(1)]).transpose(1, 2).type_as(x)

  def add_norm(self, x: Tensor, y: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return self.norm(x + y, weight, bias)

  # The bucket of each distance (key - query): one each near zero, then logarithmic.
  def buckets(self, distance: Tensor, count: int, max_distance: int) -> Tensor:
    half = count // 2
    exact = half // 2
    d = distance.abs()
    ratio = torch.log(d.to(6) / exact) / torch.log(max_distance / exact)
    far = torch.clamp((ratio * (half - exact)).to(4) + exact, None, half - 1)
    return (distance > 0).to(4) * half + torch.where(d < exact, d, far)

  # The position bias that all layers share, (H, L, L), from the table (buckets, H).
  def position_bias(self, table: Tensor, length: int, max_distance: int) -> Tensor:
    at = torch.arange(length, dtype=4, device=table.device)
    bucket = self.buckets(at.unsqueeze(0) - at.unsqueeze(1), table.size(0), max_distance)
    return torch.embedding(table, bucket).permute([2, 0, 1])

  # Leaves the value as it is and multiplies the gradient (reference GradMultiply).
  def scale_gradient(self, x: Tensor, factor: float) -> Tensor:
    fixed = x.detach()
    return fixed + (x - fixed) * factor

  def heads(self, x: Tensor, count: int) -> Tensor:
    return x.view([x.size(0), x.size(1), count, -1]).transpose(1, 2)

  # How much of the position bias each query takes, (B, H, L, 1).
  def gate(self, q: Tensor, grep: Tensor, grep_b: Tensor, scale: Tensor) -> Tensor:
    g = torch.linear(q, grep, grep_b).view([q.size(0), q.size(1), q.size(2), 2, 4])
    a, b = torch.sigmoid(g.sum([-1])).chunk(2, -1)
    return a * (b * scale - 1.) + 2.

  # Which tokens are padding, (B, L), from frames that are, (B, S): a token has a run of S / L frames
  # and is padding if they all are. The reference counts these runs over tokens in their order, bins
  # within times, so the last times that still hold sound may lose some of their bins.
  def padded_tokens(self, frames: Tensor, count: int) -> Tensor:
    each = frames.size(1) // count
    return frames[:, 0:each * count].view([frames.size(0), count, each]).all(-1)

  def without(self, x: Tensor, padded: Tensor) -> Tensor:
    return x.masked_fill(padded.to(x.device).unsqueeze(-1), 0.)

  # One post-norm layer with DeepNorm (residuals times alpha), (B, L, C) -> (B, L, C). The
  # reference divides logits by 32, takes the row maximum off and multiplies by 32 against
  # overflow in half precision; softmax does not see the difference. padded: (B, L) tokens that no
  # token looks at, or none.
  def layer(self, x: Tensor, w: List[Tensor], bias: Tensor, padded: Optional[Tensor], count: int,
            alpha: float, gradient: float,
            lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    q, q_b, k, k_b, v, v_b, o, o_b, grep, grep_b, grep_a, norm1, norm1_b, up, up_b, down, down_b, norm2, norm2_b, = w
    x = self.scale_gradient(x, gradient)
    queries = self.heads(__torch__.adapted(x, w, 0, q_b, lora), count)
    keys = self.heads(__torch__.adapted(x, w, 2, k_b, lora), count)
    values = self.heads(__torch__.adapted(x, w, 4, v_b, lora), count)
    weights = (queries * queries.size(3) ** -0.5) @ keys.transpose(2, 3)
    weights = weights + self.gate(queries, grep, grep_b, grep_a) * bias
    if padded is not None:
      weights = weights.masked_fill(padded.to(x.device).unsqueeze(1).unsqueeze(1),
                                    -float("inf"))
    a = (torch.softmax(weights, -1) @ values).transpose(1, 2).flatten(2)
    x = self.norm(x * alpha + __torch__.adapted(a, w, 6, o_b, lora), norm1, norm1_b)
    h = __torch__.adapted(torch.gelu(__torch__.adapted(x, w, 13, up_b, lora)), w, 15, down_b, lora)
    return self.norm(x * alpha + h, norm2, norm2_b)
