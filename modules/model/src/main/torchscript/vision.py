# Vision encoders: CLIP ViT and SigLIP, as in Hugging Face's modeling_clip.py and modeling_siglip.py.
# Shapes: N pictures, L tokens (patches row by row, after the class token where there is one), C width.
# includes placing.py
class Vision(Module):

  # fp32 pixels (N, 3, S, S) -> tokens (N, L, C) in the type of the weights.
  def embed(self, pixels: Tensor, patch: Tensor, patch_b: Optional[Tensor],
            class_token: Optional[Tensor], positions: Tensor) -> Tensor:
    side = patch.size(3)
    x = torch.conv2d(__torch__.placed(pixels, patch), patch, patch_b, [side, side]).flatten(2).transpose(1, 2)
    if class_token is not None:
      x = torch.cat([class_token.expand([x.size(0), 1, -1]), x], 1)
    return x + positions

  def norm(self, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], weight, bias, eps)

  def heads(self, x: Tensor, count: int) -> Tensor:
    return x.view([x.size(0), x.size(1), count, -1]).transpose(1, 2)

  # Two linear layers with an activation between them. CLIP's is x sigmoid(1.702 x), the SiLU of
  # 1.702 x, divided by that: the products of float32 take factors for nothing.
  def mlp(self, x: Tensor, up: Tensor, up_b: Tensor, down: Tensor, down_b: Tensor,
          activation: str) -> Tensor:
    if activation != "quick_gelu":
      return torch.linear(torch.gelu(torch.linear(x, up, up_b), approximate="tanh"), down, down_b)
    if x.dtype != 6:
      h = torch.linear(x, up, up_b)
      return torch.linear(h * torch.sigmoid(h * 1.702), down, down_b)
    h = torch.addmm(up_b * 1.702, x.flatten(0, -2), up.t(), beta=1, alpha=1.702)
    y = torch.addmm(down_b, torch.silu(h), down.t(), beta=1, alpha=1. / 1.702)
    return y.view_as(x)

  # One pre-norm transformer block, (N, L, C) -> (N, L, C).
  def layer(self, x: Tensor, w: List[Tensor], count: int, eps: float, activation: str) -> Tensor:
    norm1, norm1_b, q, q_b, k, k_b, v, v_b, o, o_b, norm2, norm2_b, up, up_b, down, down_b, = w
    h = self.norm(x, norm1, norm1_b, eps)
    a = torch.scaled_dot_product_attention(
        self.heads(torch.linear(h, q, q_b), count),
        self.heads(torch.linear(h, k, k_b), count),
        self.heads(torch.linear(h, v, v_b), count))
    x = x + torch.linear(a.transpose(1, 2).flatten(2), o, o_b)
    return x + self.mlp(self.norm(x, norm2, norm2_b, eps), up, up_b, down, down_b, activation)

  def drop_class_token(self, x: Tensor) -> Tensor:
    return x[:, 1:]

  # The same numbers one after the other in memory.
  def dense(self, x: Tensor) -> Tensor:
    return x.contiguous()

  def join(self, xs: List[Tensor]) -> Tensor:
    return torch.cat(xs)
