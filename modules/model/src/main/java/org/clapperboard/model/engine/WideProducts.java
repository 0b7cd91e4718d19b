package org.clapperboard.model.engine;

/**
 * Products of bfloat16 matrices where libtorch has no fast ones: on x86 processors without AVX-512
 * it multiplies element by element, at a tenth of its speed in float32 or less.
 *
 * <p>There a pack's linear layers run in float32, a piece of the weights at a time, and round what
 * comes out; so do convolutions. That is what a fast product of bfloat16 matrices does as well: it
 * adds up in float32. A few rows, as in decoding, are limited by reading the weights, and stay as
 * they are; so does what gradients are recorded of, which would keep the widened weights.
 *
 * <p>Processors that have fast products of pairs, but no tiles, are told that a few rows are linear
 * layers, which are twice as fast there as a matrix times a vector.
 */
final class WideProducts {
  /** Linear layers from 64 rows on, where it begins to pay; pieces of 2^24 weights take 64 MiB. */
  private static final String FUNCTIONS =
      """
      def wide_linear(x: Tensor, w: Tensor, b: Optional[Tensor]=None) -> Tensor:
        rows = x.numel() // x.size(-1)
        if x.dtype != 15 or x.is_cuda or rows < 64 or torch.is_grad_enabled():
          return torch.linear(x, w, b)
        flat = x.reshape([rows, x.size(-1)]).to(6)
        y = torch.empty([rows, w.size(0)], dtype=x.dtype, device=x.device)
        many = max(1, 16777216 // w.size(1))
        for start in range(0, w.size(0), many):
          part = torch.linear(flat, w[start:start + many].to(6))
          if b is not None:
            part = part + b[start:start + many].to(6)
          y[:, start:start + many].copy_(part)
        shape = x.size()
        shape[-1] = w.size(0)
        return y.view(shape)

      def wide_conv2d(x: Tensor, w: Tensor, b: Optional[Tensor], stride: List[int],
                      padding: List[int]=[0, 0], dilation: List[int]=[1, 1],
                      groups: int=1) -> Tensor:
        if x.dtype != 15 or x.is_cuda or torch.is_grad_enabled():
          return torch.conv2d(x, w, b, stride, padding, dilation, groups)
        wide_b: Optional[Tensor] = None
        if b is not None:
          wide_b = b.to(6)
        y = torch.conv2d(x.to(6), w.to(6), wide_b, stride, padding, dilation, groups)
        return y.to(x.dtype)

      """;

  /** As packs have it for processors that multiply tiles. */
  private static final String TO_THE_RIGHT = "def right_of_matrix() -> bool:\n  return ";

  private WideProducts() {}

  /** A pack's source as it is best run on this machine. */
  static String here(String source) {
    return on(Processor.HERE, source);
  }

  /** The same on another one. */
  static String on(Processor processor, String source) {
    if (processor.multipliesPairs()) {
      return source.replace(TO_THE_RIGHT + "True", TO_THE_RIGHT + "False");
    }
    return processor.lacksBfloat16() ? in(source) : source;
  }

  /** A pack's source whose linear layers and convolutions widen. */
  static String in(String source) {
    return FUNCTIONS
        + source
            .replace("torch.linear(", "__torch__.wide_linear(")
            .replace("torch.conv2d(", "__torch__.wide_conv2d(");
  }
}
