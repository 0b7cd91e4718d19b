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

  # In double precision: the sum hardly depends on how the parameters are cut into slices. A piece
  # at a time: of the whole, doubles would take more memory than all else of the optimizer.
  def square_sum(self, x: Tensor) -> float:
    total = torch.zeros([], dtype=7, device=x.device)
    for start in range(0, x.numel(), 1048576):
      total = total + x[start:start + 1048576].to(7).square().sum()
    return float(total)

  def scale(self, x: Tensor, factor: float) -> None:
    x.mul_(factor)

  # Not by a product: what is no number would stay.
  def clear(self, x: Tensor) -> None:
    x.zero_()

  # A loss whose backward pass gives a parameter a gradient tensor (of zeros).
  def touch(self, parameter: Tensor) -> Tensor:
    return (parameter * 0.).sum().to(6)

  # Adds bf16 gradients to fp32 ones and forgets them. A piece at a time: they are widened first.
  def collect(self, flat: Tensor, halves: Tensor) -> None:
    for start in range(0, flat.numel(), 1048576):
      flat[start:start + 1048576].add_(halves[start:start + 1048576])
    halves.zero_()

  # From now on backward passes add into this place: a part of one flat gradient buffer.
  def place_gradient(self, parameter: Tensor, place: Tensor) -> None:
    parameter.grad.set_(place)
