package org.clapperboard.app.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.clapperboard.app.demo.Language.Turn;

/** Writes manifests as the publishers of real datasets do. */
final class Manifests {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Manifests() {}

  /**
   * A row of a conversation file.
   *
   * @param id its name
   * @param key what its medium is: image, video, audio; null for text
   * @param file its medium
   * @param turns its questions and answers
   */
  record Row(String id, String key, String file, List<Turn> turns) {}

  /** LLaVA: one JSON list of rows with conversations. */
  static void llava(Path file, List<Row> rows) throws IOException {
    ArrayNode list = JSON.createArrayNode();
    rows.forEach(row -> list.add(llava(row)));
    write(file, list);
  }

  /** The same, one row per line. */
  static void jsonLines(Path file, List<Row> rows) throws IOException {
    ObjectWriter writer = JSON.writer();
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      text.append(writer.writeValueAsString(llava(row))).append('\n');
    }
    Files.writeString(file, text);
  }

  private static ObjectNode llava(Row row) {
    ObjectNode node = JSON.createObjectNode().put("id", row.id());
    if (row.key() != null) {
      node.put(row.key(), row.file());
    }
    ArrayNode conversations = node.putArray("conversations");
    String placeholder = row.key() == null ? "" : "<" + row.key() + ">\n";
    for (Turn turn : row.turns()) {
      conversations.addObject().put("from", "human").put("value", placeholder + turn.question());
      conversations.addObject().put("from", "gpt").put("value", turn.answer());
      placeholder = "";
    }
    return node;
  }

  /** WebVid: a table of video, folder and caption. */
  static void webvid(Path file, List<String[]> rows) throws IOException {
    StringBuilder text = new StringBuilder("videoid,contentUrl,duration,page_dir,name\n");
    for (String[] row : rows) {
      String url = "https://example.org/" + row[0] + ".mp4";
      text.append(
          String.format(Locale.ROOT, "%s,%s,PT00H00M01S,%s,\"%s\"%n", row[0], url, row[1], row[2]));
    }
    Files.writeString(file, text);
  }

  /** Panda-70M: a row per source video, with lists written as Python writes them. */
  static void panda(Path file, List<String> ids, List<List<String>> captions) throws IOException {
    StringBuilder text = new StringBuilder("videoID,url,timestamp,caption,matching_score\n");
    for (int i = 0; i < ids.size(); i++) {
      StringBuilder times = new StringBuilder("[");
      StringBuilder said = new StringBuilder("[");
      StringBuilder scores = new StringBuilder("[");
      for (int clip = 0; clip < captions.get(i).size(); clip++) {
        String comma = clip == 0 ? "" : ", ";
        times.append(
            String.format(
                Locale.ROOT, "%s['0:00:%02d.000', '0:00:%02d.000']", comma, clip, clip + 1));
        said.append(comma).append('\'').append(captions.get(i).get(clip)).append('\'');
        scores.append(comma).append("0.45");
      }
      text.append(
          String.format(
              Locale.ROOT,
              "%s,https://example.org/watch?v=%s,\"%s]\",\"%s]\",\"%s]\"%n",
              ids.get(i),
              ids.get(i),
              times,
              said,
              scores));
    }
    Files.writeString(file, text);
  }

  /** WavCaps: a document with a list of sounds and their captions. */
  static void wavcaps(Path file, List<String> ids, List<String> captions) throws IOException {
    ObjectNode document = JSON.createObjectNode().put("num_captions_per_audio", 1);
    ArrayNode data = document.putArray("data");
    for (int i = 0; i < ids.size(); i++) {
      data.addObject()
          .put("id", ids.get(i))
          .put("caption", captions.get(i))
          .put("duration", 1.0)
          .put("download_link", "https://example.org/" + ids.get(i));
    }
    write(file, document);
  }

  private static void write(Path file, Object content) throws IOException {
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), content);
  }
}
