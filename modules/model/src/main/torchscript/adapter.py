# What adapters need outside of layers.
# includes lora.py
class Adapter(Module):

  # Keys (B, L) of the rows of a batch: functions of the step, of each sample's place in the global
  # batch (B) and of the position, and of nothing else. They are where "like" is.
  def keys(self, step: int, places: Tensor, part: int, length: int, like: Tensor) -> Tensor:
    places = places.to(like.device)
    at = torch.arange(length, device=places.device)
    return self.keys_at(step, places.unsqueeze(1), part, at)

  # The same where a row holds several samples: places (B L) of the sample at each position, which
  # stands at "at" (B, 1, L) in it.
  def packed_keys(self, step: int, places: Tensor, part: int, at: Tensor) -> Tensor:
    at = at.squeeze(1)
    return self.keys_at(step, places.to(at.device).view_as(at), part, at)

  def keys_at(self, step: int, places: Tensor, part: int, at: Tensor) -> Tensor:
    row = __torch__.mixed(__torch__.mixed(places * 16 + part) ^ step)
    return row + at * -3335678366873096957

  # Keys for one layer.
  def layer_keys(self, keys: Tensor, layer: int) -> Tensor:
    return __torch__.mixed(keys + layer * 6364136223846793005)

  # What an adapter adds to some rows (N, in) of a weight; b: (N, rank).
  def delta(self, b: Tensor, a: Tensor, factor: float) -> Tensor:
    return torch.matmul(b, a) * factor
