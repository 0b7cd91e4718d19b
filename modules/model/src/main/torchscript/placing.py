# Where what the host has made is computed with.

# In the type of "like", and where it is. A GPU fetches it from page-locked memory, and whoever gives
# it more to do meanwhile does not wait.
def placed(x: Tensor, like: Tensor) -> Tensor:
  if like.is_cuda and not x.is_cuda:
    x = x.pin_memory().to(like.device, non_blocking=True)
  return x.type_as(like)

