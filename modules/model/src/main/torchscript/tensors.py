# Making and moving tensors; nothing here takes part in the maths of the model.
class Tensors(Module):

  def zeros(self, shape: List[int], dtype: int) -> Tensor:
    return torch.zeros(shape, dtype=dtype)

  # The same where something else is.
  def zeros_beside(self, like: Tensor, shape: List[int], dtype: int) -> Tensor:
    return torch.zeros(shape, dtype=dtype, device=like.device)

  # float32 in host memory: page-locked if a GPU, where "like" is, is to fill it.
  def zeros_for(self, like: Tensor, count: int) -> Tensor:
    return torch.zeros([count], dtype=6, device=torch.device("cpu"), pin_memory=like.is_cuda)

  # A copy on a device, also if that is where x is.
  def copy_on(self, x: Tensor, device: str) -> Tensor:
    return x.detach().to(torch.device(device), copy=True)

  # Where a backward pass from a scalar begins.
  def one(self, x: Tensor) -> Tensor:
    return torch.ones_like(x)

  # Memory whose values are written next, from outside.
  def unfilled(self, shape: List[int]) -> Tensor:
    return torch.empty(shape, dtype=6)

  # The same in any type.
  def unfilled_of(self, shape: List[int], dtype: int) -> Tensor:
    return torch.empty(shape, dtype=dtype)

  # The bfloat16 elements of a file, read as they are needed. Writing changes memory, not the file.
  def map_file(self, file: str, count: int) -> Tensor:
    return torch.from_file(file, False, count, dtype=15, layout=0, device=torch.device("cpu"),
                           pin_memory=False)

  # The float32 elements of a file: writing changes the file.
  def share_file(self, file: str, count: int) -> Tensor:
    return torch.from_file(file, True, count, dtype=6, layout=0, device=torch.device("cpu"),
                           pin_memory=False)

  # Part of a buffer as a leaf of its own: the same memory, no graph.
  def part(self, flat: Tensor, start: int, shape: List[int]) -> Tensor:
    count = 1
    for i in range(len(shape)):
      count = count * shape[i]
    return flat.view([-1])[start:start + count].view(shape).detach()

  # From now on a parameter is this memory, whatever it was before.
  def point(self, parameters: List[Tensor], places: List[Tensor]) -> None:
    for i in range(len(parameters)):
      parameters[i].set_(places[i])

  # Lets go of the memory of parameters.
  def empty(self, parameters: List[Tensor]) -> None:
    for i in range(len(parameters)):
      parameters[i].set_(torch.empty([0], dtype=parameters[i].dtype))

  # The same memory as the start of a graph of its own.
  def leaf(self, x: Tensor) -> Tensor:
    return x.detach()

  # A scalar whose gradient with regard to each x is the gradient that its copy has.
  def times_gradients(self, xs: List[Tensor], copies: List[Tensor]) -> Tensor:
    total = torch.zeros([], dtype=6)
    for i in range(len(xs)):
      total = total + (xs[i].to(6) * copies[i].grad.to(6)).sum()
    return total

  def copy(self, target: Tensor, source: Tensor) -> None:
    target.copy_(source)

  def to(self, x: Tensor, dtype: int) -> Tensor:
    return x.to(dtype)

  # Whether a backward pass from here would reach anything: 1 or 0.
  def recorded(self, x: Tensor) -> float:
    return 1. if x.requires_grad else 0.
