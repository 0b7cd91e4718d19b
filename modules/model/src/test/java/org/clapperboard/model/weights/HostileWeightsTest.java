package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.model.weights.PickleBytes.pickle;
import static org.clapperboard.model.weights.PickleBytes.state;
import static org.clapperboard.model.weights.PickleBytes.zip;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.clapperboard.config.BadCheckpoint;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Files made to hurt: each ends in one message, without much memory and without a deep stack. */
class HostileWeightsTest {
  private static final long MAX_ALLOCATED_BYTES = 200L << 20;
  private static final long[] FOUR = {4};
  private static final long[] ONE = {1};

  @TempDir private Path folder;

  /** Pickles by what is told of them. */
  private static Map<String, byte[]> pickles() {
    Map<String, byte[]> bad = new TreeMap<>();
    String only = ", and only tensors in dictionaries are read from pickles";
    bad.put(
        "it asks for posix.system" + only,
        pickle().global("posix", "system").text("true").op(0x85, 'R').end());
    bad.put(
        "it asks for builtins.eval" + only,
        pickle().global("builtins", "eval").text("1").op(0x85, 'R').end());
    bad.put(
        "it asks for torch.serialization.load" + only,
        pickle().global("torch.serialization", "load").end());
    bad.put("it asks for torch.EvilStorage" + only, pickle().global("torch", "EvilStorage").end());
    bad.put("it asks for a..[2J.b" + only, pickle().global("a\r\u001b[2J", "b").end());
    bad.put("it has a name of more than 256 bytes", pickle().op('c').repeat(100_000, 'x').end());
    bad.put("it has the instruction 0x93", pickle().text("os").text("system").op(0x93).end());
    bad.put("it has the instruction 0x81", pickle().op('}', ')', 0x81).end());
    bad.put("it is of protocol 4, where PyTorch writes 2", new byte[] {(byte) 0x80, 4, '}', '.'});
    bad.put("it ends in the middle", pickle().op('}').bytes());
    bad.put("it has a text of 4294967295 bytes", pickle().op('X').int32(-1).end());
    bad.put("it has a text of 2147483647 bytes", pickle().op('X').int32(0x7fffffff).end());
    bad.put("it takes a value where there is none", pickle().op('N', 0x86).end());
    bad.put("it takes values where there are none", pickle().op(']', 'N', 'e').end());
    bad.put("it recalls what it never remembered", pickle().op('j').int32(1 << 30).end());
    bad.put("it has more than 500000 instructions", pickle().repeat(1_500_000, '}').end());
    bad.put(
        "it has a key that is no text or number",
        pickle().op(']', 'q', 0, 'h', 0, 'a', '}', 'h', 0, 'N', 's').end());
    bad.put("it has a key without a value", pickle().op('}', '(').text("a").op('u').end());
    bad.put(
        "it has an ordered dictionary made from something",
        pickle().global("collections", "OrderedDict").op(']', 0x85, 'R').end());
    bad.put(
        "it has a reference to something not in the file",
        pickle().op('(').text("module").op('N', 'N', 'N', 'N', 't', 'Q').end());
    bad.put("it has a storage of -1 elements", state(-1, 0, FOUR, ONE).end());
    bad.put(
        "it has Tensor where it needs Map", pickle().tensor(4, 0, FOUR, ONE).op('}', 'b').end());
    bad.put("a tensor that reaches element 4 of a storage of 4", state(4, 1, FOUR, ONE).end());
    bad.put(
        "a tensor that reaches element 9 of a storage of 4",
        state(4, 0, FOUR, new long[] {3}).end());
    bad.put("a tensor with negative dimensions", state(4, 3, FOUR, new long[] {-1}).end());
    bad.put("a tensor with impossible dimensions", state(4, -1, FOUR, ONE).end());
    long huge = 1L << 40;
    bad.put(
        "a tensor of more elements than there are numbers",
        state(4, 0, new long[] {huge, huge}, new long[] {0, 0}).end());
    return bad;
  }

  @TestFactory
  Stream<DynamicTest> pickles_end_in_one_message() {
    return pickles().entrySet().stream()
        .map(
            bad ->
                DynamicTest.dynamicTest(
                    bad.getKey(), () -> assertRefused(zip(bad.getValue(), 16), bad.getKey())));
  }

  @Test
  void a_tensor_of_65_dimensions_is_refused() {
    long[] ones = new long[65];
    Arrays.fill(ones, 1);
    assertRefused(zip(state(4, 0, ones, ones).end(), 16), "a tensor with impossible dimensions");
  }

  @Test
  void containers_in_containers_cost_neither_stack_nor_memory() {
    PickleBytes nested = pickle().repeat(200_000, ']').repeat(199_999, 'a');
    assertRefused(zip(nested.end(), 16), "it is no dictionary of tensors");
    // Each tuple holds the last one twice: 2^1000 values, if anything walked them.
    PickleBytes doubling = pickle().op(')', 'q', 0).repeat(1000, 'h', 0, 'h', 0, 0x86, 'q', 0);
    assertRefused(zip(doubling.end(), 16), "it is no dictionary of tensors");
    PickleBytes itself = pickle().op('}', 'q', 0).text("model").op('h', 0, 's');
    assertRefused(zip(itself.end(), 16), "it is no dictionary of tensors");
  }

  @Test
  void storages_that_are_missing_or_too_short_are_refused() {
    byte[] pickle = state(4, 0, FOUR, ONE).end();
    assertRefused(zip(pickle, 15), "the storage of w has 15 bytes, for 4 F32");
    assertRefused(
        zip(Map.of("a/data.pkl", pickle), ZipEntry.STORED),
        "the storage of w is missing, for 4 F32");
    byte[] many = state(Long.MAX_VALUE / 2, 0, FOUR, ONE).end();
    assertRefused(zip(many, 16), "the storage of w has 16 bytes, for " + Long.MAX_VALUE / 2);
  }

  @Test
  void zip_files_of_other_kinds_are_refused() {
    byte[] pickle = state(4, 0, FOUR, ONE).end();
    assertRefused(
        zip(Map.of("word/document.xml", pickle), ZipEntry.STORED),
        "it is a zip file with 0 entries named data.pkl, not 1");
    assertRefused(
        zip(Map.of("a/data.pkl", pickle, "b/data.pkl", pickle), ZipEntry.STORED),
        "it is a zip file with 2 entries named data.pkl, not 1");
    assertRefused(
        zip(Map.of("a/data.pkl", pickle), ZipEntry.DEFLATED),
        "its entry a/data.pkl is packed or encrypted");
    assertRefused(
        zip(Map.of("a/data.pkl", pickle, "a/byteorder", new byte[] {'b'}), ZipEntry.STORED),
        "it was written by a big-endian machine");
    byte[] whole = zip(pickle, 16);
    assertRefused(Arrays.copyOf(whole, whole.length - 30), "it has no zip directory");
    byte[] moved = whole.clone();
    PickleBytes.little(4).putInt(0x7fffffff).flip().get(moved, whole.length - 6, 4);
    assertRefused(moved, "its zip directory points outside the file");
  }

  @Test
  void files_of_the_old_layout_are_checked_as_well() {
    byte[] magic = pickle().op(0x8a, 10).raw(hex("6cfc9c46f9206aa85019")).end();
    byte[] protocol = pickle().number(1001).end();
    byte[] little = pickle().op('}').text("little_endian").op(0x88, 's').end();
    byte[] big = pickle().op('}').text("little_endian").op(0x89, 's').end();
    byte[] root = pickle().op('}').text("w").tensor(4, 0, FOUR, ONE).op('s').end();
    byte[] keys = pickle().op(']').text("0").op('a').end();
    byte[] count = PickleBytes.little(8).putLong(1L << 61).array();
    assertRefused(pickle().number(7).end(), "it is a pickle, but not one of torch.save");
    assertRefused(joined(magic, pickle().number(1000).end()), "a PyTorch before 0.1.10");
    assertRefused(joined(magic, protocol, big), "it was written by a big-endian machine");
    assertRefused(
        joined(magic, protocol, little, root, keys), "its storages are not those of its tensors");
    assertRefused(
        joined(magic, protocol, little, root, keys, count),
        "storage 0 has 2305843009213693952 elements, more than the file");
    assertRefused(
        joined(magic, protocol, little, root, pickle().op(']').end()),
        "the storage of w is missing");
    assertRefused("hello".getBytes(StandardCharsets.UTF_8), "neither like a zip file nor");
    assertRefused(new byte[0], "neither like a zip file nor");
  }

  private void assertRefused(byte[] bytes, String why) {
    Path file = PickleBytes.write(folder.resolve("x.bin"), bytes);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> TorchFile.open(file))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageStartingWith("Cannot read ")
        .hasMessageContaining(file.toString())
        .hasMessageContaining(why);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_ALLOCATED_BYTES);
  }

  private static byte[] joined(byte[]... parts) {
    PickleBytes all = new PickleBytes();
    Arrays.stream(parts).forEach(all::raw);
    return all.bytes();
  }

  private static byte[] hex(String digits) {
    return java.util.HexFormat.of().parseHex(digits);
  }
}
