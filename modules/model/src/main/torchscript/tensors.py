# Making and moving tensors; nothing here takes part in the maths of the model.
class Tensors(Module):

  def zeros(self, shape: List[int], dtype: int) -> Tensor:
    return torch.zeros(shape, dtype=dtype)

  # Part of a flat buffer as a leaf of its own: the same memory, no graph.
  def part(self, flat: Tensor, start: int, shape: List[int]) -> Tensor:
    count = 1
    for i in range(len(shape)):
      count = count * shape[i]
    return flat[start:start + count].view(shape).detach()

  def copy(self, target: Tensor, source: Tensor) -> None:
    target.copy_(source)

  def to(self, x: Tensor, dtype: int) -> Tensor:
    return x.to(dtype)

  # Whether a backward pass from here would reach anything: 1 or 0.
  def recorded(self, x: Tensor) -> float:
    return 1. if x.requires_grad else 0.
