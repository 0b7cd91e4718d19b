# Decoder-only language models (Llama, Mistral, Mixtral, Qwen2, Gemma2, Phi3), as in Hugging Face's
# modeling files. Shapes: B rows, L positions, D width, H heads, K key-value heads, d head width,
# N tokens of all rows, E experts. Weights are fp32 or bf16 and so is what flows between layers;
# norms, rotary angles, softmax and the loss are fp32 inside, as the reference has them. lora.py says
# what "lora" is; i, j, k are places among the weights w of a layer.
# includes lora.py
class Language(Module):

  # Picks row "index" (B, L) of: embedded ids, then media vectors, then one row of zeros (padding).
  def splice(self, table: Tensor, ids: Tensor, media: List[Tensor], index: Tensor) -> Tensor:
    parts = [torch.embedding(table, ids.to(table.device))]
    for i in range(len(media)):
      parts.append(media[i].reshape([-1, table.size(1)]).type_as(table))
    parts.append(torch.zeros([1, table.size(1)], dtype=table.dtype, device=table.device))
    rows = torch.cat(parts).index_select(0, index.flatten().to(table.device))
    return rows.view([index.size(0), index.size(1), -1])

  # Room for keys or values of one layer.
  def empty_cache(self, like: Tensor, shape: List[int]) -> Tensor:
    return torch.zeros(shape, dtype=like.dtype, device=like.device)

  def embed(self, table: Tensor, ids: Tensor) -> Tensor:
    return torch.embedding(table, ids.to(table.device))

  # What was made in host memory, where something else is: itself, if that is there too.
  def beside(self, made: Tensor, like: Tensor) -> Tensor:
    return made.to(like.device)

  # Cosines and sines (2, positions..., d) of rotary positions; the halves of d turn together, and the
  # sines of the first are negative, since each half has the other one's taken off or added.
  def rotary(self, positions: Tensor, width: int, theta: float) -> Tensor:
    even = torch.arange(0, width, 2, dtype=6, device=positions.device)
    angle = positions.to(6).unsqueeze(-1) * torch.reciprocal(torch.pow(theta, even / width))
    sine = angle.sin()
    return torch.stack([torch.cat([angle, angle], -1).cos(), torch.cat([-sine, sine], -1)])

  # x (B, heads, L, d), turn (2, L, d) or (2, B, 1, L, d).
  def rotate(self, x: Tensor, turn: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    turn = turn.type_as(x)
    return torch.addcmul(x * turn[0], torch.cat([b, a], -1), turn[1])

  # Root-mean-square norm; Gemma2 stores its weights as what they exceed 1 by.
  def norm(self, x: Tensor, weight: Tensor, eps: float, base: float) -> Tensor:
    whole = x.to(6)
    scaled = whole * torch.rsqrt((whole * whole).mean([-1], True) + eps)
    if base != 0.:
      return (scaled * (weight.to(6) + base)).type_as(x)
    return weight * scaled.type_as(x)

  def heads(self, x: Tensor, count: int) -> Tensor:
    return x.view([x.size(0), x.size(1), count, -1]).transpose(1, 2)

  # Which positions (1, 1, L, L) a position sees: itself and so many before it.
  def window(self, length: int, look_back: int, like: Tensor) -> Tensor:
    at = torch.arange(length, device=like.device)
    before = at.unsqueeze(1) - at.unsqueeze(0)
    return torch.logical_and(before >= 0, before <= look_back).view([1, 1, length, length])

  # Which positions (B, 1, L, L) a position sees where rows hold several samples: those of its own up
  # to itself, and, unless look_back is 0, only so many before it. places (B, 1, L): where each
  # position stands in its sample.
  def own_sample(self, places: Tensor, look_back: int) -> Tensor:
    at = torch.arange(places.size(2), device=places.device)
    before = at.unsqueeze(1) - at.unsqueeze(0)
    reach = places.unsqueeze(3)
    if look_back > 0:
      reach = reach.clamp(None, look_back)
    return torch.logical_and(before >= 0, before <= reach)

  # Attention of projected queries, keys and values, (B, L, H * d). Each key-value head serves H / K
  # query heads. A cache is keys and values (B, K, longest, d), filled from position "at" on.
  # Without a mask attention is causal; a position alone then sees all there is. cap: Gemma2's bound on scores, or 0; scale: theirs with it.
  def attend(self, q: Tensor, k: Tensor, v: Tensor, turn: Tensor, mask: Optional[Tensor],
             cache: List[Tensor], at: int, heads: int, kv_heads: int, scale: float,
             cap: float) -> Tensor:
    q = self.rotate(self.heads(q, heads), turn)
    k = self.rotate(self.heads(k, kv_heads), turn)
    v = self.heads(v, kv_heads)
    if len(cache) > 0:
      end = at + k.size(2)
      torch.narrow(cache[0], 2, at, k.size(2)).copy_(k)
      torch.narrow(cache[1], 2, at, k.size(2)).copy_(v)
      k = torch.narrow(cache[0], 2, 0, end)
      v = torch.narrow(cache[1], 2, 0, end)
    groups = heads // kv_heads
    alone = q.size(2) == 1
    if alone:
      # The queries of a key-value head side by side: nothing of the cache is copied.
      q = q.reshape([q.size(0), kv_heads, groups, q.size(3)])
    elif groups > 1:
      k = k.repeat_interleave(groups, 1)
      v = v.repeat_interleave(groups, 1)
    if cap > 0.:
      scores = torch.tanh(torch.matmul(q, k.transpose(2, 3)) * scale / cap) * cap
      seen = mask
      if seen is None and not alone:
        seen = self.window(q.size(2), q.size(2), q)
      if seen is not None:
        scores = scores.masked_fill(torch.logical_not(seen), -1e30)
      a = torch.matmul(torch.softmax(scores.to(6), -1).type_as(v), v)
    else:
      a = torch.scaled_dot_product_attention(q, k, v, mask, 0., mask is None and not alone)
    if alone:
      return a.reshape([a.size(0), 1, -1])
    return a.transpose(1, 2).flatten(2)

  # Gate, up and down are the weights i, j and k.
  def gated(self, h: Tensor, w: List[Tensor], i: int, j: int, k: int,
            lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    gate = torch.silu(__torch__.adapted(h, w, i, None, lora))
    return __torch__.adapted(gate * __torch__.adapted(h, w, j, None, lora), w, k, None, lora)

  # Self-attention with its norm, in front of its last weights. w: norm, q, k, v. b: biases of q, k, v, or none.
  def attended(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
               mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
               eps: float, base: float, scale: float, cap: float,
               lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    q_b: Optional[Tensor] = None
    k_b: Optional[Tensor] = None
    v_b: Optional[Tensor] = None
    if len(b) > 0:
      q_b, k_b, v_b = b[0], b[1], b[2]
    h = self.norm(x, w[0], eps, base)
    q = __torch__.adapted(h, w, 1, q_b, lora)
    k = __torch__.adapted(h, w, 2, k_b, lora)
    v = __torch__.adapted(h, w, 3, v_b, lora)
    return self.attend(q, k, v, turn, mask, cache, at, heads, kv_heads, scale, cap)

  # All of it, to be added. w: norm, q, k, v, o.
  def attention(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
                mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
                eps: float, base: float, scale: float, cap: float,
                lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    a = self.attended(x, w, b, turn, mask, cache, at, heads, kv_heads, eps, base, scale, cap, lora)
    return __torch__.adapted(a, w, 4, None, lora)

  # A layer of Llama, Mistral and Qwen2. w: norm, q, k, v, o, norm, gate, up, down.
  def layer(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
            mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
            eps: float, scale: float, cap: float,
            lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    a = self.attention(x, w, b, turn, mask, cache, at, heads, kv_heads, eps, 0., scale, cap, lora)
    x = x + a
    return x + self.gated(self.norm(x, w[5], eps, 0.), w, 6, 7, 8, lora)

  # The last of these layers where only some positions (N) of the flattened rows are asked for, (1, N, D):
  # from attention on, each position goes its own way.
  def last_layer(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
                 mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
                 eps: float, scale: float, cap: float,
                 lora: Tuple[List[Tensor], Optional[Tensor], float, float],
                 wanted: Tensor) -> Tensor:
    a = self.attended(x, w, b, turn, mask, cache, at, heads, kv_heads, eps, 0., scale, cap, lora)
    wanted = wanted.to(x.device)
    own = __torch__.for_rows(__torch__.for_flat(lora), wanted)
    x = x.flatten(0, 1).index_select(0, wanted)
    x = x + __torch__.adapted(a.flatten(0, 1).index_select(0, wanted), w, 4, None, own)
    return (x + self.gated(self.norm(x, w[5], eps, 0.), w, 6, 7, 8, own)).unsqueeze(0)

  # Further positions through all layers of Llama, Mistral and Qwen2: decoding runs them for so little
  # at a time that a call for each would be felt. Each layer has its part of w, b, the cache (keys and
  # values) and the adapter's matrices, as many as the others.
  def layers(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
             mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
             eps: float, scale: float, cap: float,
             lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    matrices, keys, factor, share, = lora
    turn = turn.type_as(x)
    count = len(cache) // 2
    n, m, l = len(w) // count, len(b) // count, len(matrices) // count
    for i in range(count):
      own = (matrices[l * i:l * i + l], keys, factor, share)
      x = self.layer(x, w[n * i:n * i + n], b[m * i:m * i + m], turn, mask,
                     cache[2 * i:2 * i + 2], at, heads, kv_heads, eps, scale, cap, own)
    return x

  # A layer of Phi3. w: norm, q and k and v in one, o, norm, gate and up in one, down.
  def fused_layer(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
                  mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
                  eps: float, scale: float, cap: float,
                  lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    all = __torch__.adapted(self.norm(x, w[0], eps, 0.), w, 1, None, lora)
    each = all.size(2) // (heads + 2 * kv_heads)
    q = all[:, :, 0:heads * each]
    k = all[:, :, heads * each:(heads + kv_heads) * each]
    v = all[:, :, (heads + kv_heads) * each:]
    a = self.attend(q, k, v, turn, mask, cache, at, heads, kv_heads, scale, cap)
    x = x + __torch__.adapted(a, w, 2, None, lora)
    both = __torch__.adapted(self.norm(x, w[3], eps, 0.), w, 4, None, lora)
    gate, up = both.chunk(2, -1)
    return x + __torch__.adapted(torch.silu(gate) * up, w, 5, None, lora)

  # A layer of Gemma2. w: norm, q, k, v, o, norm after attention, norm before and after what
  # follows, gate, up, down.
  def gemma_layer(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
                  mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
                  eps: float, scale: float, cap: float,
                  lora: Tuple[List[Tensor], Optional[Tensor], float, float]) -> Tensor:
    a = self.attention(x, w, b, turn, mask, cache, at, heads, kv_heads, eps, 1., scale, cap, lora)
    x = x + self.norm(a, w[5], eps, 1.)
    h = self.norm(x, w[6], eps, 1.)
    gate = torch.gelu(__torch__.adapted(h, w, 8, None, lora), approximate="tanh")
    h = __torch__.adapted(gate * __torch__.adapted(h, w, 9, None, lora), w, 10, None, lora)
    return x + self.norm(h, w[7], eps, 1.)

  # A layer of Mixtral: every token goes to the experts its router prefers. w: norm, q, k, v, o,
  # norm, router, then gate, down, up of each expert. Second result: the router's scores (N, E).
  def expert_layer(self, x: Tensor, w: List[Tensor], b: List[Tensor], turn: Tensor,
                   mask: Optional[Tensor], cache: List[Tensor], at: int, heads: int, kv_heads: int,
                   eps: float, scale: float, cap: float,
                   lora: Tuple[List[Tensor], Optional[Tensor], float, float],
                   preferred: int) -> Tuple[Tensor, Tensor]:
    a = self.attention(x, w, b, turn, mask, cache, at, heads, kv_heads, eps, 0., scale, cap, lora)
    x = x + a
    h = self.norm(x, w[5], eps, 0.).flatten(0, 1)
    flat = __torch__.for_flat(lora)
    router = __torch__.adapted(h, w, 6, None, flat)
    shares, chosen = torch.topk(torch.softmax(router.to(6), 1), preferred, 1)
    shares = shares / shares.sum([-1], True)
    mixed = torch.zeros_like(h)
    for expert in range((len(w) - 7) // 3):
      mine = chosen == expert
      tokens = mine.any(1).nonzero().flatten()
      share = (shares * mine.to(6)).sum([-1], True).index_select(0, tokens)
      first = 7 + 3 * expert
      own = __torch__.for_rows(flat, tokens)
      y = self.gated(h.index_select(0, tokens), w, first, first + 2, first + 1, own)
      mixed = mixed.index_add(0, tokens, y * share.type_as(y))
    return x + mixed.view_as(x), router

  # How unevenly experts are used, 1 if evenly (Switch Transformer, equations 4 to 6). scores: (N, E)
  # of each layer; real: (N) 1 where a token is no padding.
  def imbalance(self, scores: List[Tensor], preferred: int, real: Tensor) -> Tensor:
    layers = len(scores)
    real = real.to(scores[0].device)
    weight = real.repeat([layers]).unsqueeze(1) / (real.sum() * layers)
    likely = torch.softmax(torch.cat(scores).to(6), -1)
    experts = likely.size(1)
    chosen = torch.topk(likely.detach(), preferred, 1)[1]
    used = (torch.one_hot(chosen, experts).to(6) * weight.unsqueeze(2)).sum([0])
    return (used * (likely * weight).sum([0]).unsqueeze(0)).sum() * experts

  # The loss with its share for every label.
  def with_imbalance(self, total: Tensor, imbalance: Tensor, share: float) -> Tensor:
    return total + imbalance * share

  # The factor is rounded to the type of x first, as in modeling_gemma2.py.
  def scaled(self, x: Tensor, by: float) -> Tensor:
    return x * torch.full([], by, dtype=x.dtype, device=x.device)

  # cap: Gemma2's bound on scores, or 0.
  def scores(self, h: Tensor, head: Tensor, cap: float) -> Tensor:
    scores = __torch__.product(h, head).to(6)
    if cap > 0.:
      scores = torch.tanh(scores / cap) * cap
    return scores

  def logits(self, x: Tensor, norm: Tensor, head: Tensor, eps: float, base: float,
             cap: float) -> Tensor:
    return self.scores(self.norm(x, norm, eps, base), head, cap)

  # Asked here and not on the spot: there, the compiler is sure that a gradient is a tensor.
  def is_missing(self, gradient: Optional[Tensor]) -> bool:
    return gradient is None

  # The sum of the cross-entropy over labelled positions, and each row's share of it (no graph).
  # at: flat positions whose output predicts "labels"; rows: which of "count" rows each belongs to.
  # The scores of so many labels at a time are made, turned into slopes and dropped: with a large
  # vocabulary all of them would be larger than the model. The slopes stand in for a graph; without
  # gradients nobody asks for them. Those of the head are added to its gradient, if it has one
  # already: whoever asks for the loss with gradients goes backward from it, once.
  def loss(self, x: Tensor, norm: Tensor, head: Tensor, eps: float, base: float, cap: float,
           at: Tensor, labels: Tensor, rows: Tensor, many: int, head_learns: bool,
           count: int) -> Tuple[Tensor, Tensor]:
    at, labels, rows = at.to(x.device), labels.to(x.device), rows.to(x.device)
    picked = self.norm(x.flatten(0, 1).index_select(0, at), norm, eps, base)
    h, table = picked.detach(), head.detach()
    each = torch.zeros([labels.size(0)], dtype=6, device=x.device)
    recorded = torch.is_grad_enabled()
    slope = torch.zeros_like(h)
    stands_in = recorded and head_learns and self.is_missing(head.grad)
    table_slope = torch.zeros_like(table[0:table.size(0) if stands_in else 0])
    if recorded and head_learns and not stands_in:
      table_slope = head.grad.detach()
    for start in range(0, labels.size(0), many):
      part = h[start:start + many]
      wanted = labels[start:start + many]
      scores = self.scores(part, table, cap)
      each[start:start + many].copy_(torch.cross_entropy_loss(scores, wanted, None, 0))
      if recorded:
        d = torch.softmax(scores, -1)
        d.scatter_add_(1, wanted.unsqueeze(1), torch.full_like(wanted, -1).to(6).unsqueeze(1))
        if cap > 0.:
          d = d * (1. - (scores / cap) * (scores / cap))
        d = d.type_as(table)
        slope[start:start + many].copy_(torch.matmul(d, table))
        if head_learns:
          table_slope.addmm_(d.t(), part)
    stand_in = (picked.to(6) * slope.to(6)).sum()
    if stands_in:
      stand_in = stand_in + (head.to(6) * table_slope.to(6)).sum()
    by_row = torch.zeros([count], dtype=6, device=x.device)
    return each.sum() + (stand_in - stand_in.detach()), by_row.index_add(0, rows, each)

  # Scores of the token after the last position, (B, vocabulary).
  def last_logits(self, x: Tensor, norm: Tensor, head: Tensor, eps: float, base: float,
                  cap: float) -> Tensor:
    return self.logits(x[:, -1], norm, head, eps, base, cap)

  # One token for each row of scores (B, V): the most likely ones that make up top_p together share
  # the numbers from 0 to 1 by their likelihood, and "at" (B) says whose number was drawn.
  def sample(self, scores: Tensor, temperature: float, top_p: float, at: Tensor) -> Tensor:
    likely, order = torch.sort(torch.softmax(scores / temperature, -1), -1, True)
    before = likely.cumsum(-1) - likely
    likely = likely * (before < top_p).to(6)
    upto = likely.cumsum(-1)
    drawn = at.to(scores.device).unsqueeze(1) * upto[:, -1:]
    place = (upto <= drawn).sum([-1], True)
    return order.gather(1, place.clamp(0, scores.size(1) - 1)).squeeze(1)
