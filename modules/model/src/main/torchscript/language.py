# Decoder-only language models of the Llama family (Llama, Mistral, Qwen2), as in Hugging Face's
# modeling files. Shapes: B rows, L positions, D width, H heads, K key-value heads, d head width.
class Language(Module):

  # Picks row "index" (B, L) of: embedded ids, then media vectors, then one row of zeros (padding).
  def splice(self, table: Tensor, ids: Tensor, media: List[Tensor], index: Tensor) -> Tensor:
    parts = [torch.embedding(table, ids)]
    for i in range(len(media)):
      parts.append(media[i].reshape([-1, table.size(1)]))
    parts.append(torch.zeros([1, table.size(1)], dtype=table.dtype, device=table.device))
    rows = torch.cat(parts).index_select(0, index.flatten())
    return rows.view([index.size(0), index.size(1), -1])

  def embed(self, table: Tensor, ids: Tensor) -> Tensor:
    return torch.embedding(table, ids)

  # Cosines and sines (2, positions..., d) of rotary positions; the halves of d turn together.
  def rotary(self, positions: Tensor, width: int, theta: float) -> Tensor:
    even = torch.arange(0, width, 2, dtype=6, device=positions.device)
    angle = positions.to(6).unsqueeze(-1) * torch.reciprocal(torch.pow(theta, even / width))
    angle = torch.cat([angle, angle], -1)
    return torch.stack([angle.cos(), angle.sin()])

  # x (B, heads, L, d), turn (2, L, d) or (2, B, 1, L, d).
  def rotate(self, x: Tensor, turn: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    return x * turn[0] + torch.cat([-b, a], -1) * turn[1]

  def norm(self, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return weight * (x * torch.rsqrt((x * x).mean([-1], True) + eps))

  def heads(self, x: Tensor, count: int) -> Tensor:
    return x.view([x.size(0), x.size(1), count, -1]).transpose(1, 2)

  # Queries, keys and values, turned to their positions. b: three biases, or none.
  def project(self, h: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor, heads: int,
              kv_heads: int) -> Tuple[Tensor, Tensor, Tensor]:
    q_b: Optional[Tensor] = None
    k_b: Optional[Tensor] = None
    v_b: Optional[Tensor] = None
    if len(b) > 0:
      q_b, k_b, v_b = b[0], b[1], b[2]
    q = self.rotate(self.heads(torch.linear(h, w[1], q_b), heads), turn)
    k = self.rotate(self.heads(torch.linear(h, w[2], k_b), kv_heads), turn)
    return q, k, self.heads(torch.linear(h, w[3], v_b), kv_heads)

  # Each key-value head serves H / K query heads. Without a mask attention is causal.
  def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor]) -> Tensor:
    groups = q.size(1) // k.size(1)
    if groups > 1:
      k = k.repeat_interleave(groups, 1)
      v = v.repeat_interleave(groups, 1)
    a = torch.scaled_dot_product_attention(q, k, v, mask, 0., mask is None)
    return a.transpose(1, 2).flatten(2)

  def feed_forward(self, x: Tensor, w: List[Tensor], eps: float) -> Tensor:
    h = self.norm(x, w[5], eps)
    h = torch.silu(torch.linear(h, w[6])) * torch.linear(h, w[7])
    return x + torch.linear(h, w[8])

  # One layer over whole rows. w: norm, q, k, v, o, norm, gate, up, down.
  def layer(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
            mask: Optional[Tensor], heads: int, kv_heads: int, eps: float) -> Tensor:
    q, k, v = self.project(self.norm(x, w[0], eps), w, b, turn, heads, kv_heads)
    x = x + torch.linear(self.attend(q, k, v, mask), w[4])
    return self.feed_forward(x, w, eps)

  # The same with a cache of keys and values (B, K, longest, d), filled from position "at" on.
  def layer_with_cache(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
                       mask: Tensor, keys: Tensor, values: Tensor, at: int, heads: int,
                       kv_heads: int, eps: float) -> Tensor:
    q, k, v = self.project(self.norm(x, w[0], eps), w, b, turn, heads, kv_heads)
    end = at + k.size(2)
    keys[:, :, at:end].copy_(k)
    values[:, :, at:end].copy_(v)
    x = x + torch.linear(self.attend(q, keys[:, :, 0:end], values[:, :, 0:end], mask), w[4])
    return self.feed_forward(x, w, eps)

  def logits(self, x: Tensor, norm: Tensor, head: Tensor, eps: float) -> Tensor:
    return torch.linear(self.norm(x, norm, eps), head)

  # The sum of the cross-entropy over labelled positions, and each row's share of it (no graph).
  # at: flat positions whose output predicts "labels"; rows: the row each belongs to.
  def loss(self, x: Tensor, norm: Tensor, head: Tensor, eps: float, at: Tensor, labels: Tensor,
           rows: Tensor) -> Tuple[Tensor, Tensor]:
    picked = x.flatten(0, 1).index_select(0, at)
    each = torch.cross_entropy_loss(self.logits(picked, norm, head, eps), labels, None, 0)
    by_row = torch.zeros([x.size(0)], dtype=6, device=x.device)
    return each.sum(), by_row.index_add(0, rows, each.detach().to(6))

  # Scores of the token after the last position, (B, vocabulary).
  def last_logits(self, x: Tensor, norm: Tensor, head: Tensor, eps: float) -> Tensor:
    return self.logits(x[:, -1], norm, head, eps)
