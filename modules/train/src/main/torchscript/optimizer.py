# The update of one rank's slice of the parameters, in place.
class Optimizer(Module):

  # One AdamW step (decoupled weight decay, bias correction) by the fused kernel.
  def adamw(self, values: List[Tensor], gradients: List[Tensor], first: List[Tensor],
            second: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float,
            decay: float, eps: float) -> None:
    for i in range(len(steps)):
      steps[i].add_(1)
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(values, gradients, first, second, none, steps, lr=lr, beta1=beta1,
                        beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)

  # In double precision: the sum hardly depends on how the parameters are cut into slices.
  def square_sum(self, x: Tensor) -> float:
    return float(x.to(7).square().sum())

  def scale(self, x: Tensor, factor: float) -> None:
    x.mul_(factor)

  # Not by a product: what is no number would stay.
  def clear(self, x: Tensor) -> None:
    x.zero_()

  # The loss whose backward pass gives every parameter a gradient tensor (of zeros).
  def touch(self, parameters: List[Tensor]) -> Tensor:
    total = torch.zeros([], dtype=6)
    for i in range(len(parameters)):
      total = total + (parameters[i] * 0.).sum()
    return total

  # Adds bf16 gradients to fp32 ones and forgets them.
  def collect(self, flat: Tensor, halves: Tensor) -> None:
    flat.add_(halves)
    halves.zero_()

  # From now on backward passes add into these places: parts of one flat gradient buffer.
  def gather_gradients(self, parameters: List[Tensor], places: List[Tensor]) -> None:
    for i in range(len(parameters)):
      parameters[i].grad.set_(places[i])
