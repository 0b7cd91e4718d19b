package org.clapperboard.app.inspect;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.clapperboard.config.BadData;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.pixels.RgbImage;

/** Frames of samples, a row for each, as one picture. */
public final class ContactSheet {
  private static final int CELL = 112;
  private static final int LABEL = 18;
  static final int MOST_FRAMES = 8;

  private final List<Line> lines;

  private ContactSheet(List<Line> lines) {
    this.lines = lines;
  }

  private record Line(String label, List<RgbImage> frames) {}

  /** A sheet of rows (place, sample_id, frames). */
  static ContactSheet of(List<Row> rows) {
    List<Line> lines = new ArrayList<>();
    for (Row row : rows) {
      List<byte[]> frames = row.isNullAt(2) ? List.of() : row.getList(2);
      lines.add(new Line(row.get(0) + "  " + row.getString(1), evenly(frames)));
    }
    return new ContactSheet(lines);
  }

  /** Frames in a row, as a picture without a label. */
  static BufferedImage strip(List<byte[]> frames) {
    BufferedImage sheet = new ContactSheet(List.of(new Line("", evenly(frames)))).draw();
    int width = Math.min(frames.size(), MOST_FRAMES) * CELL;
    return sheet.getSubimage(0, LABEL, width, CELL);
  }

  /** Frames in a row, as the address of a picture that a page holds in itself. */
  public static String inPage(List<byte[]> frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(strip(frames), "jpeg", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /** At most so many of the frames, from the first to the last. */
  private static List<RgbImage> evenly(List<byte[]> frames) {
    int shown = Math.min(frames.size(), MOST_FRAMES);
    List<RgbImage> chosen = new ArrayList<>();
    for (int i = 0; i < shown; i++) {
      int place = shown == 1 ? 0 : i * (frames.size() - 1) / (shown - 1);
      chosen.add(FrameCodec.decode(frames.get(place)));
    }
    return chosen;
  }

  /** The picture; a sample without frames is a label. */
  BufferedImage draw() {
    int columns = lines.stream().mapToInt(line -> line.frames().size()).max().orElse(1);
    int height = lines.stream().mapToInt(ContactSheet::height).sum();
    BufferedImage sheet =
        new BufferedImage(
            Math.max(columns, 4) * CELL, Math.max(height, 1), BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    int y = 0;
    for (Line line : lines) {
      pen.setColor(Color.WHITE);
      pen.drawString(line.label(), 4, y + LABEL - 5);
      for (int i = 0; i < line.frames().size(); i++) {
        pen.drawImage(picture(line.frames().get(i)), i * CELL, y + LABEL, CELL - 2, CELL - 2, null);
      }
      y += height(line);
    }
    pen.dispose();
    return sheet;
  }

  private static int height(Line line) {
    return LABEL + (line.frames().isEmpty() ? 0 : CELL);
  }

  static BufferedImage picture(RgbImage frame) {
    BufferedImage picture =
        new BufferedImage(frame.width(), frame.height(), BufferedImage.TYPE_INT_RGB);
    byte[] bytes = frame.rgb();
    int[] pixels = new int[frame.width() * frame.height()];
    for (int i = 0; i < pixels.length; i++) {
      int red = bytes[3 * i] & 0xff;
      int green = bytes[3 * i + 1] & 0xff;
      pixels[i] = (red << 16) | (green << 8) | (bytes[3 * i + 2] & 0xff);
    }
    picture.setRGB(0, 0, frame.width(), frame.height(), pixels, 0, frame.width());
    return picture;
  }

  /** Writes the picture as PNG. */
  void write(Path file) {
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      ImageIO.write(draw(), "png", file.toFile());
    } catch (IOException e) {
      throw new BadData("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
