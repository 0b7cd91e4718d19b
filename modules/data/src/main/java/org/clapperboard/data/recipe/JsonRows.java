package org.clapperboard.data.recipe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rows of JSON: objects of a list, entries of an object, lines, or a whole document. */
final class JsonRows implements ManifestReader.Rows {
  private static final ObjectMapper JSON = ManifestReader.JSON;

  private final JsonParser parser;
  private final JsonToken opened;
  private ManifestRow broken;
  private boolean ended;
  private long line;

  /** Rows inside what opens with {@code opened}, at a dotted path of the document. */
  private JsonRows(String records, JsonToken opened, InputStream in) throws IOException {
    this.parser = JSON.createParser(in);
    this.opened = opened;
    try {
      if (!enter(records.isEmpty() ? List.of() : List.of(records.split("\\.")))) {
        broken = new ManifestRow(1, null, missing());
      }
    } catch (JsonProcessingException e) {
      broken = notJson(e.getLocation().getLineNr(), e);
    }
  }

  static ManifestReader.Rows list(String records, InputStream in) throws IOException {
    return new JsonRows(records, JsonToken.START_ARRAY, in);
  }

  static ManifestReader.Rows map(String records, InputStream in) throws IOException {
    return new JsonRows(records, JsonToken.START_OBJECT, in);
  }

  /** Goes to the rows, skipping all that lies before them; false if they are not there. */
  private boolean enter(List<String> path) throws IOException {
    JsonToken token = parser.nextToken();
    for (String name : path) {
      if (token != JsonToken.START_OBJECT) {
        return false;
      }
      token = parser.nextToken();
      while (token == JsonToken.FIELD_NAME && !parser.currentName().equals(name)) {
        parser.nextToken();
        parser.skipChildren();
        token = parser.nextToken();
      }
      if (token == JsonToken.FIELD_NAME) {
        token = parser.nextToken();
      }
    }
    return token == opened;
  }

  @Override
  public ManifestRow read() throws IOException {
    if (ended) {
      return null;
    }
    if (broken != null) {
      ended = true;
      return broken;
    }
    try {
      JsonToken token = parser.nextToken();
      line = parser.currentTokenLocation().getLineNr();
      if (token == JsonToken.END_ARRAY || token == JsonToken.END_OBJECT || token == null) {
        ended = true;
        return null;
      }
      return opened == JsonToken.START_ARRAY ? element(token) : entry();
    } catch (JsonProcessingException e) {
      // Nothing after a syntax error can be trusted.
      ended = true;
      return notJson(line, e);
    }
  }

  private String missing() {
    String expected = opened == JsonToken.START_ARRAY ? "a list of objects" : "an object of rows";
    return "is not " + expected + " where one was expected";
  }

  private ManifestRow element(JsonToken token) throws IOException {
    if (token != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return new ManifestRow(line, null, "is " + token + " (expected: an object)");
    }
    return new ManifestRow(line, JSON.readTree(parser), null);
  }

  /** An entry whose value is no object is a row with the fields _key and _value. */
  private ManifestRow entry() throws IOException {
    String key = parser.currentName();
    parser.nextToken();
    JsonNode value = JSON.readTree(parser);
    ObjectNode row = JSON.createObjectNode();
    if (value instanceof ObjectNode object) {
      row.setAll(object);
    } else {
      row.set("_value", value);
    }
    row.put("_key", key);
    return new ManifestRow(line, row, null);
  }

  /** A document that is one row. */
  static ManifestReader.Rows object(InputStream in) {
    boolean[] read = {false};
    return () -> {
      if (read[0]) {
        return null;
      }
      read[0] = true;
      try {
        JsonNode whole = JSON.readTree(in);
        return whole.isObject()
            ? new ManifestRow(1, whole, null)
            : new ManifestRow(1, null, "is " + whole.getNodeType() + " (expected: an object)");
      } catch (JsonProcessingException e) {
        return notJson(e.getLocation().getLineNr(), e);
      }
    };
  }

  /** One object per line. */
  static ManifestReader.Rows lines(InputStream in) {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    long[] line = {0};
    return () -> {
      String text = lines.readLine();
      line[0]++;
      while (text != null && text.isBlank()) {
        text = lines.readLine();
        line[0]++;
      }
      if (text == null) {
        return null;
      }
      if (text.indexOf('\uFFFD') >= 0) {
        return new ManifestRow(line[0], null, ManifestReader.NOT_UTF8);
      }
      try {
        return new ManifestRow(line[0], JSON.readTree(text), null);
      } catch (JsonProcessingException e) {
        return notJson(line[0], e);
      }
    };
  }

  private static ManifestRow notJson(long line, JsonProcessingException why) {
    return new ManifestRow(line, null, "is not JSON: " + why.getOriginalMessage());
  }
}
