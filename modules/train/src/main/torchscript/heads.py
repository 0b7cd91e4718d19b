# Linear heads that tell closed sets of answers apart from an encoder's tokens. They stand in for an
# encoder's own pre-training and are thrown away. They are fp32 whatever the encoder is.
# Shapes: N samples, L tokens, C width, M labels.
class Heads(Module):

  # Means over equal runs of tokens: (N, L, C) -> (N * segments, C). The first tokens are left out
  # where they are no patches.
  def pool(self, x: Tensor, segments: int, left_out: int) -> Tensor:
    x = x[:, left_out:]
    return x.reshape([x.size(0) * segments, x.size(1) // segments, x.size(2)]).mean([1])

  # Weighted sum of the cross-entropy of one question's labels, and each label's own (no graph).
  def loss(self, pooled: Tensor, at: Tensor, weight: Tensor, bias: Tensor, labels: Tensor,
           share: float) -> Tuple[Tensor, Tensor]:
    at, labels = at.to(pooled.device), labels.to(pooled.device)
    logits = torch.linear(pooled.index_select(0, at).type_as(weight), weight, bias)
    each = torch.cross_entropy_loss(logits, labels, None, 0)
    return each.sum() * share, each.detach()
