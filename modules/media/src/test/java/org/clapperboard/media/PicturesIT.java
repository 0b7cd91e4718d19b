package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.detail;
import static org.clapperboard.media.TestMedia.reason;
import static org.clapperboard.media.TestMedia.value;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;

class PicturesIT {

  private static final Path PICTURES = Path.of("src/test/resources/pictures");
  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;

  @Test
  void pictures_have_the_very_bytes_of_pillow() throws IOException, NoSuchAlgorithmException {
    JsonNode expected = new ObjectMapper().readTree(PICTURES.resolve("expected.json").toFile());
    for (Map.Entry<String, JsonNode> each : expected.get("files").properties()) {
      RgbImage image = value(read(bytes(each.getKey())));
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(image.rgb());
      assertThat(image.width()).isEqualTo(expected.get("width").asInt());
      assertThat(image.height()).isEqualTo(expected.get("height").asInt());
      assertThat(HexFormat.of().formatHex(hash))
          .as(each.getKey())
          .isEqualTo(each.getValue().get("sha256").asText());
    }
    assertThat(expected.get("files").size()).isEqualTo(15);
  }

  /** Pillow clips 16-bit grey to white above 255; here it keeps its upper half. */
  @Test
  void sixteen_bit_grey_keeps_its_upper_half_where_pillow_clips_it() {
    byte[] png = grey16Png(new int[] {0, 255, 256, 0x1234, 0xffff});
    assertThat(value(read(png)).rgb())
        .containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 1, 0x12, 0x12, 0x12, -1, -1, -1);
  }

  @Test
  void a_cut_picture_is_never_taken_for_a_whole_one() throws IOException {
    Set<Reason> seen = EnumSet.noneOf(Reason.class);
    for (String name :
        new String[] {
          "sub420.jpg",
          "progressive.jpg",
          "grey.jpg",
          "rgba.png",
          "palette.png",
          "lossless.webp",
          "rgb.bmp",
          "lzw.tiff",
          "palette.gif"
        }) {
      byte[] whole = bytes(name);
      for (int percent = 1; percent < 97; percent += 5) {
        Decoded<RgbImage> decoded = read(Arrays.copyOf(whole, whole.length * percent / 100));
        assertThat(decoded)
            .as("%s cut to %d %%", name, percent)
            .isInstanceOf(Decoded.Rejected.class);
        seen.add(reason(decoded));
      }
    }
    assertThat(seen).contains(Reason.TRUNCATED, Reason.NOT_MEDIA);
  }

  @Test
  void damaged_coded_data_is_noted() throws IOException {
    byte[] jpeg = bytes("sub420.jpg");
    jpeg[jpeg.length - 200] = (byte) 0xff;
    jpeg[jpeg.length - 199] = (byte) 0xd3;
    Decoded<RgbImage> decoded = read(jpeg);
    assertThat(value(decoded).width()).isEqualTo(41);
    assertThat(decoded.stats().warnings()).containsExactly(Warning.DAMAGED);
  }

  @Test
  void bombs_are_refused_before_anything_is_allocated() throws IOException {
    byte[] png = bytes("rgba.png");
    ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
    assertThat(reason(read(png))).isEqualTo(Reason.TOO_MANY_PIXELS);
    assertThat(detail(read(png)))
        .isEqualTo("Cannot read picture: a frame of 60000 x 60000 (limit: 64,000,000 pixels)");
    for (String name :
        new String[] {"sub420.jpg", "rgba.png", "lossless.webp", "rgb.bmp", "palette.gif"}) {
      Decoded<RgbImage> decoded =
          Pictures.read(MediaSource.of(name, bytes(name)), LIMITS.withMaxPixels(41 * 27 - 1));
      assertThat(reason(decoded)).as(name).isEqualTo(Reason.TOO_MANY_PIXELS);
    }
    Decoded<RgbImage> tiff =
        Pictures.read(
            MediaSource.of("lzw.tiff", bytes("lzw.tiff")), LIMITS.withMaxPixels(41 * 27 - 1));
    assertThat(reason(tiff)).isEqualTo(Reason.TOO_MANY_PIXELS);
  }

  @Test
  void the_cameras_turn_is_ignored_unless_asked_for() throws IOException {
    byte[] plain = bytes("sub444.jpg");
    RgbImage stored = value(read(plain));
    for (int orientation = 1; orientation <= 8; orientation++) {
      MediaSource source = MediaSource.of("turned.jpg", withOrientation(plain, orientation));
      assertThat(value(Pictures.read(source, LIMITS))).isEqualTo(stored);
      RgbImage upright = value(Pictures.read(source, Pictures.Orientation.UPRIGHT, LIMITS));
      assertThat(upright).as("orientation %d", orientation).isEqualTo(byHand(stored, orientation));
    }
  }

  @Test
  void what_is_no_picture_is_rejected() throws IOException {
    assertThat(reason(read(new byte[0]))).isEqualTo(Reason.EMPTY);
    assertThat(reason(read("no picture at all".getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(Reason.NOT_MEDIA);
    byte[] animated = bytes("lossless.webp");
    System.arraycopy("VP8X".getBytes(StandardCharsets.US_ASCII), 0, animated, 12, 4);
    animated[20] = 2;
    assertThat(reason(read(animated))).isEqualTo(Reason.UNSUPPORTED);
    try (MediaSource missing = MediaSource.of(PICTURES.resolve("none.png"))) {
      assertThat(reason(Pictures.read(missing, LIMITS))).isEqualTo(Reason.MISSING);
    }
    assertThat(reason(Pictures.read(MediaSource.of("x", animated), LIMITS.withMaxBytes(5))))
        .isEqualTo(Reason.TOO_MANY_BYTES);
  }

  private static Decoded<RgbImage> read(byte[] bytes) {
    return Pictures.read(MediaSource.of("picture", bytes), LIMITS);
  }

  private static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(PICTURES.resolve(name));
  }

  /** Inserts an EXIF segment that holds nothing but the orientation. */
  private static byte[] withOrientation(byte[] jpeg, int orientation) {
    ByteBuffer exif = ByteBuffer.allocate(36);
    exif.putShort((short) 0xFFE1).putShort((short) 34);
    exif.put("Exif\0\0MM\0*".getBytes(StandardCharsets.US_ASCII)).putInt(8);
    exif.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
    exif.putShort((short) orientation).putShort((short) 0).putInt(0);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.writeBytes(exif.array());
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  /** The definition of EXIF orientation: which corner the first row and column lie at. */
  private static RgbImage byHand(RgbImage stored, int orientation) {
    boolean swapped = orientation >= 5;
    int width = swapped ? stored.height() : stored.width();
    int height = swapped ? stored.width() : stored.height();
    byte[] rgb = new byte[stored.rgb().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = swapped ? y : x;
        int row = swapped ? x : y;
        boolean fromRight = Set.of(2, 3, 7, 8).contains(orientation);
        boolean fromBottom = Set.of(3, 4, 6, 7).contains(orientation);
        int fromX = fromRight ? stored.width() - 1 - column : column;
        int fromY = fromBottom ? stored.height() - 1 - row : row;
        System.arraycopy(
            stored.rgb(), 3 * (fromY * stored.width() + fromX), rgb, 3 * (y * width + x), 3);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  private static byte[] grey16Png(int[] row) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    chunk(
        out,
        "IHDR",
        ByteBuffer.allocate(13).putInt(row.length).putInt(1).put((byte) 16).put((byte) 0).array());
    Deflater deflater = new Deflater();
    ByteBuffer scanline = ByteBuffer.allocate(1 + 2 * row.length).put((byte) 0);
    for (int value : row) {
      scanline.putShort((short) value);
    }
    deflater.setInput(scanline.array());
    deflater.finish();
    byte[] packed = new byte[100];
    int length = deflater.deflate(packed);
    deflater.end();
    chunk(out, "IDAT", Arrays.copyOf(packed, length));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] content) {
    byte[] tag = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(tag);
    crc.update(content);
    out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
    out.writeBytes(tag);
    out.writeBytes(content);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
