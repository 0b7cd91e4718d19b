# How fast this machine multiplies matrices; nothing here takes part in the maths of the model.
class Products(Module):

  def matrix(self, size: int, dtype: int) -> Tensor:
    return torch.rand([size, size]).to(dtype)

  def product(self, x: Tensor, w: Tensor) -> Tensor:
    return torch.linear(x, w)

  # What goes into a decoder's layers: small numbers, as embeddings are.
  def states(self, shape: List[int], dtype: int) -> Tensor:
    return ((torch.rand(shape) - 0.5) * 0.05).to(dtype)

  # A loss of what comes out of them, whose slopes are all one.
  def total(self, x: Tensor) -> Tensor:
    return x.to(6).sum()
