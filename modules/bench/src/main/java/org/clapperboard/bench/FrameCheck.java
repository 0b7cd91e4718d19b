package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
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

/**
 * The frames we choose beside those of an independent decoder, PyAV, which decodes every frame from
 * the beginning: the same numbers, and the same luminance of every pixel.
 *
 * @param files the videos
 * @param frames frames of a clip
 * @param python interpreter of the peer
 */
record FrameCheck(List<Path> files, int frames, String python) {

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
          String difference = difference(((Decoded.Ok<FrameSet>) ours).value(), answer);
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

  private String difference(FrameSet ours, JsonNode answer) {
    if (ours.totalFrames() != answer.get("frames").asInt()) {
      return ours.totalFrames() + " frames, PyAV has " + answer.get("frames");
    }
    int different = 0;
    for (int place = 0; place < frames; place++) {
      CRC32 crc = new CRC32();
      crc.update(ours.uniform(frames).get(place).rgb());
      if (crc.getValue() != answer.get("rgb").get(place).asLong()) {
        different++;
      }
    }
    return different == 0 ? null : different + " of " + frames + " frames differ";
  }
}
