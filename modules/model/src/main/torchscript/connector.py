# Connectors (paper section 2.1; reference projector.py): convolution or pooling over space and
# time between RegNet stages (timm regnet.py, "Bottleneck"), then a multi-layer perceptron.
# Feature maps are kept channels-last: a 1x1 convolution is then a matrix product and the channel
# norm needs no copy. Shapes: N frames (B samples x T frames), h x w grid, C width in, D width out.
class Connector(Module):

  def norm(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], weight, bias, 1e-5)

  # A 1x1 convolution; weight (D, C, 1, 1).
  def pointwise(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    return torch.linear(x, weight.flatten(1), bias)

  # A 3x3 convolution of each channel by itself; weight (C, 1, 3, 3).
  def depthwise(self, x: Tensor, weight: Tensor) -> Tensor:
    y = torch.conv2d(x.permute([0, 3, 1, 2]), weight, None, [1, 1], [1, 1], [1, 1], weight.size(0))
    return y.permute([0, 2, 3, 1])

  def squeeze_excite(self, x: Tensor, fc1: Tensor, fc1_b: Tensor, fc2: Tensor, fc2_b: Tensor) -> Tensor:
    g = torch.silu(self.pointwise(x.mean([1, 2], True), fc1, fc1_b))
    return x * torch.sigmoid(self.pointwise(g, fc2, fc2_b))

  # One bottleneck block, (N, h, w, C) -> (N, h, w, D); the shortcut has weights where C != D.
  def block(self, x: Tensor, w: List[Tensor], shortcut: List[Tensor]) -> Tensor:
    conv1, norm1, norm1_b, conv2, norm2, norm2_b, fc1, fc1_b, fc2, fc2_b, conv3, norm3, norm3_b, = w
    y = torch.silu(self.norm(self.pointwise(x, conv1, None), norm1, norm1_b))
    y = torch.silu(self.norm(self.depthwise(y, conv2), norm2, norm2_b))
    y = self.squeeze_excite(y, fc1, fc1_b, fc2, fc2_b)
    y = self.norm(self.pointwise(y, conv3, None), norm3, norm3_b)
    if len(shortcut) > 0:
      x = self.norm(self.pointwise(x, shortcut[0], None), shortcut[1], shortcut[2])
    return torch.silu(y + x)

  # Cuts (B, T, h, w, C) into cells of the kernel's size, (B, T', h', w', C, t, r, c). What does not
  # fill a cell is dropped, as a convolution whose stride is its kernel does.
  def cells(self, x: Tensor, kernel: List[int], padding: int) -> Tensor:
    p = padding
    if p > 0:
      x = torch.constant_pad_nd(x, [0, 0, p, p, p, p, p, p])
    kt, kh, kw, = kernel
    t, h, w = x.size(1) // kt, x.size(2) // kh, x.size(3) // kw
    x = x[:, 0:t * kt, 0:h * kh, 0:w * kw]
    x = x.reshape([x.size(0), t, kt, h, kh, w, kw, x.size(4)])
    return x.permute([0, 1, 3, 5, 7, 2, 4, 6])

  # Conv3d whose stride is its kernel, then SiLU; weight (D, C, kt, kh, kw).
  def sample_by_convolution(self, x: Tensor, weight: Tensor, bias: Tensor, padding: int) -> Tensor:
    cells = self.cells(x, [weight.size(2), weight.size(3), weight.size(4)], padding)
    return torch.silu(torch.linear(cells.flatten(4), weight.flatten(1), bias))

  # AvgPool3d whose stride is its kernel, then SiLU.
  def sample_by_pooling(self, x: Tensor, kernel: List[int]) -> Tensor:
    return torch.silu(self.cells(x, kernel, 0).mean([5, 6, 7]))

  # Linear layers with exact GELU between them; w holds weight, bias, weight, bias ...
  def mlp(self, x: Tensor, w: List[Tensor]) -> Tensor:
    x = torch.linear(x, w[0], w[1])
    for i in range(len(w) // 2 - 1):
      x = torch.linear(torch.gelu(x), w[i * 2 + 2], w[i * 2 + 3])
    return x

  def mean_over_frames(self, x: Tensor) -> Tensor:
    return x.mean([1])

  def reshape(self, x: Tensor, shape: List[int]) -> Tensor:
    return x.reshape(shape)

  # Rows "at" of the first axis, in the given shape.
  def pick(self, x: Tensor, at: Tensor, shape: List[int]) -> Tensor:
    return x.index_select(0, at.to(x.device)).view(shape)
