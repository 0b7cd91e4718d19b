package org.clapperboard.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.model.VideoLlama2;

/**
 * {@code /}: a page to show the model something and to talk about it, and what the page asks for
 * beside the chat. The page is one file and may load nothing else.
 */
final class PageEndpoint {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double SECONDS_OF_A_WINDOW = 0.01;

  private final ServedModel served;
  private final ServeLimits limits;
  private final MediaIntake intake;
  private final byte[] page;
  private final String policy;

  PageEndpoint(ServedModel served, ServeLimits limits, MediaIntake intake) throws IOException {
    this.served = served;
    this.limits = limits;
    this.intake = intake;
    try (InputStream in = PageEndpoint.class.getResourceAsStream("page.html")) {
      this.page = in.readAllBytes();
    }
    String html = new String(page, StandardCharsets.UTF_8);
    this.policy =
        "default-src 'none'; connect-src 'self'; img-src data: blob:; media-src blob:;"
            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src "
            + hash(html, "script")
            + "; style-src "
            + hash(html, "style");
  }

  /** Lets run what stands in the page and nothing that gets into it. */
  private static String hash(String html, String element) {
    int start = html.indexOf("<" + element + ">") + element.length() + 2;
    String text = html.substring(start, html.indexOf("</" + element + ">"));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  void page(Exchange exchange) throws IOException {
    exchange.response().getHeaders().put("Content-Security-Policy", policy);
    exchange.response().getHeaders().put("Referrer-Policy", "no-referrer");
    exchange.reply(200, "text/html;charset=utf-8", page);
  }

  void about(Exchange exchange) throws IOException {
    exchange.reply(
        200,
        JSON.createObjectNode()
            .put("model", served.name())
            .put("sees", served.folder().model().sight() != null)
            .put("hears", served.folder().model().hearing() != null)
            .put("frames", served.folder().shown().frames())
            .put("seconds", served.folder().shown().soundSeconds())
            .put("tokens", limits.newTokens()));
  }

  /** The frames and the filter bank that the model would be shown of the body, as pictures. */
  void preview(Exchange exchange) throws IOException {
    String kind = String.valueOf(exchange.parameter("kind"));
    Clip within =
        new Clip(seconds(exchange, "start", 0), seconds(exchange, "end", Double.POSITIVE_INFINITY));
    boolean mute = "true".equals(exchange.parameter("mute"));
    byte[] body = exchange.body(limits.mediaBytes());
    exchange.reply(
        200,
        intake.uploaded(
            body,
            "file",
            file -> intake.read(within, "file", file, files -> preview(files, kind, file, mute))));
  }

  private static double seconds(Exchange exchange, String name, double usual) {
    String text = exchange.parameter(name);
    try {
      double value = text == null ? usual : Double.parseDouble(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below, like what is a number and no time.
    }
    throw Refusal.bad(name, name + " is " + text + " (expected: seconds).");
  }

  private ObjectNode preview(MediaFiles files, String kind, Path file, boolean mute) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode frames = root.putArray("frames");
    boolean sees = served.folder().model().sight() != null;
    List<RgbImage> seen =
        switch (kind) {
          case "image" -> sees ? files.pictureSeen(file) : List.of();
          case "video" -> sees ? files.framesSeen(file) : List.of();
          case "audio" -> List.of();
          default ->
              throw Refusal.bad("kind", "kind is " + kind + " (expected: video, image or audio).");
        };
    FloatBuffer bank = null;
    if (files.hears() && !kind.equals("image")) {
      bank = kind.equals("audio") ? files.bank(file) : mute ? null : files.bankOfVideo(file);
    }
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      seen.forEach(frame -> frames.add(uri(codec, frame)));
      if (bank != null) {
        RgbImage drawn = Spectrogram.of(bank, VideoLlama2.MEL_BINS);
        root.put("seconds", drawn.width() * SECONDS_OF_A_WINDOW);
        root.put("spectrogram", uri(codec, drawn));
      }
    }
    return root;
  }

  private static String uri(FrameCodec codec, RgbImage image) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(codec.encode(image));
  }
}
