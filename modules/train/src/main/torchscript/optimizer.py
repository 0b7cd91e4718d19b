# As many elements as are taken at once: what a processor's cache holds, or all that a device has.
def piece(x: Tensor) -> int:
  return max(1, x.numel()) if x.is_cuda else 131072

# The update of one rank's slice of the parameters, in place.
class Optimizer(Module):

  # One AdamW step (decoupled weight decay, bias correction) by the fused kernel. A piece at a time,
  # all that is to be done with it: gradients are scaled before, and what they become is rounded to
  # bf16, or they are forgotten, while the piece is in the processor's cache. Gradients that still are
  # bf16 are widened here and forgotten. Lists hold one tensor each; they have to be arguments, since
  # what is written into a list made here counts as unused.
  def adamw(self, values: List[Tensor], gradients: List[Tensor], first: List[Tensor],
            second: List[Tensor], steps: List[Tensor], halves: Optional[Tensor],
            rounded: Optional[Tensor], scale: float, forget: bool, lr: float, beta1: float,
            beta2: float, decay: float, eps: float) -> None:
    steps[0].add_(1)
    none = annotate(List[Tensor], [])
    v, g, m, s = values[0], gradients[0], first[0], second[0]
    count = __torch__.piece(v)
    for start in range(0, v.numel(), count):
      end = start + count
      values[0] = v[start:end]
      gradients[0] = g[start:end]
      first[0] = m[start:end]
      second[0] = s[start:end]
      if halves is not None:
        gradients[0] = halves[start:end].to(6)
        halves[start:end].zero_()
      gradients[0].mul_(scale)
      torch._fused_adamw_(values, gradients, first, second, none, steps, lr=lr, beta1=beta1,
                          beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
      if rounded is not None:
        rounded[start:end].copy_(values[0])
      if forget:
        gradients[0].zero_()

  # In double precision: the sum hardly depends on how the parameters are cut into slices. A piece
  # at a time: of the whole, doubles would take more memory than all else of the optimizer.
  def square_sum(self, x: Tensor) -> float:
    total = torch.zeros([], dtype=7, device=x.device)
    count = 1 << 24 if x.is_cuda else 131072
    for start in range(0, x.numel(), count):
      wide = x[start:start + count].to(7)
      total = total + torch.dot(wide, wide)
    return float(total)

  # Not by a product: what is no number would stay.
  def clear(self, x: Tensor) -> None:
    x.zero_()

  # A loss whose backward pass gives a parameter a gradient tensor (of zeros).
  def touch(self, parameter: Tensor) -> Tensor:
    return (parameter * 0.).sum().to(6)

  # Adds bf16 gradients to fp32 ones, or puts them in their place, and forgets them. A piece at a
  # time: they are widened first.
  def collect(self, flat: Tensor, halves: Tensor, over: bool) -> None:
    count = __torch__.piece(flat)
    for start in range(0, flat.numel(), count):
      end = start + count
      half = halves[start:end]
      if over:
        flat[start:end].copy_(half)
      else:
        flat[start:end].add_(half)
      half.zero_()

  # From now on backward passes add into this place: a part of one flat gradient buffer.
  def place_gradient(self, parameter: Tensor, place: Tensor) -> None:
    parameter.grad.set_(place)
