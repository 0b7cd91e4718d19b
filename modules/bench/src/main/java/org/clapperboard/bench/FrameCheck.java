package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import org.clapperboard.config.BadData;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.RgbImage;

/**
 * The frames we choose beside those of an independent decoder, PyAV, which decodes every frame from
 * the beginning: the same numbers, and the same bytes. PyAV converts to RGB with one matrix
 * whatever a file says (libswscale is told no other); where bytes differ, the frame has to be
 * nearer than those before and behind it, and near.
 *
 * @param files the videos
 * @param frames frames of a clip
 * @param python interpreter of the peer
 */
record FrameCheck(List<Path> files, int frames, String python) {
  /** Mean difference of a value between two matrices: 0.3 to 1 was seen. */
  private static final double NEAR = 2;

  Figures run() throws IOException {
    String missing = PythonPeer.missing(python, "av", "PIL", "numpy");
    if (missing != null) {
      throw new BadData("Cannot compare frames: " + missing);
    }
    ObjectNode json = new ObjectMapper().createObjectNode().put("bench", "decode --check");
    ObjectNode differing = json.putObject("differing");
    ObjectNode unread = json.putObject("not-compared");
    int equal = 0;
    List<String> arguments = List.of(Integer.toString(frames), Integer.toString(DecodeBench.SIZE));
    try (PythonPeer peer = new PythonPeer(python, "frames", arguments);
        MediaDecoder decoder = MediaDecoder.inProcess()) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        JsonNode answer = peer.ask(file.toAbsolutePath().toString());
        try (MediaSource source = MediaSource.of(file)) {
          VideoRequest request = VideoRequest.of(FrameSampling.Uniform.of(frames));
          Decoded<FrameSet> ours = decoder.frames(source, request, MediaLimits.DEFAULT);
          String problem = problem(ours, answer);
          if (problem != null) {
            unread.put(name, problem);
            continue;
          }
          String difference = difference(peer, file, ((Decoded.Ok<FrameSet>) ours).value(), answer);
          if (difference == null) {
            equal++;
          } else {
            differing.put(name, difference);
          }
        }
      }
    }
    return result(json, equal, differing, unread);
  }

  private static Figures result(
      ObjectNode json, int equal, ObjectNode differing, ObjectNode unread) {
    int compared = equal + differing.size();
    List<String> table = new ArrayList<>();
    differing.properties().forEach(e -> table.add(e.getKey() + ": " + e.getValue().asText()));
    unread
        .properties()
        .forEach(e -> table.add(e.getKey() + " is not compared: " + e.getValue().asText()));
    table.add(
        String.format(
            Locale.ROOT,
            "Chosen frames equal those of PyAV in %d of %d files (%.1f %%)",
            equal,
            compared,
            100.0 * equal / Math.max(1, compared)));
    return new Figures(json.put("compared", compared).put("equal", equal), table);
  }

  private static String problem(Decoded<FrameSet> ours, JsonNode answer) {
    if (ours instanceof Decoded.Rejected<FrameSet> rejected) {
      return rejected.detail();
    }
    return answer.has("problem") ? "PyAV: " + answer.get("problem").asText() : null;
  }

  private String difference(PythonPeer peer, Path file, FrameSet ours, JsonNode answer)
      throws IOException {
    if (ours.totalFrames() != answer.get("frames").asInt()) {
      return ours.totalFrames() + " frames, PyAV has " + answer.get("frames");
    }
    List<RgbImage> chosen = ours.uniform(frames);
    for (int place = 0; place < frames; place++) {
      RgbImage image = chosen.get(place);
      CRC32 crc = new CRC32();
      crc.update(image.rgb());
      int number = answer.get("wanted").get(place).asInt();
      if (crc.getValue() != answer.get("rgb").get(place).asLong()
          && !isNearest(peer, file, number, image)) {
        return "frame " + number + " is another one";
      }
    }
    return null;
  }

  private static boolean isNearest(PythonPeer peer, Path file, int number, RgbImage image)
      throws IOException {
    Path rgb = Files.createTempFile("clapperboard-frame-", ".rgb");
    try {
      Files.write(rgb, image.rgb());
      JsonNode found = peer.ask("nearest\t" + file.toAbsolutePath() + "\t" + number + "\t" + rgb);
      return found.get("nearest").asInt() == number && found.get("distance").asDouble() < NEAR;
    } finally {
      Files.delete(rgb);
    }
  }
}
