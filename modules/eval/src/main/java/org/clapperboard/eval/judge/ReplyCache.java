package org.clapperboard.eval.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;

/**
 * Replies, kept in a folder under the hash of their request.
 *
 * <p>A reply gets a file of its own at once, so that a killed run loses none that was paid for. As
 * soon as there are 64 of them, one file takes their place: {@code replies-….jsonl}, a line for
 * each. Files are only created and deleted, never changed, which object stores can do, and two runs
 * at a time do not harm each other. Not kept are failures. Requests themselves are not in the
 * files.
 */
final class ReplyCache {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int BATCH = 64;
  private static final String SINGLE = "reply-";
  private static final String MANY = "replies-";
  private static final String ENDING = ".jsonl";

  private final Folder folder;
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final Map<String, Reply> singles = new LinkedHashMap<>();

  /** Reads what is kept in a folder, which need not exist yet. */
  ReplyCache(Folder folder) {
    this.folder = folder;
    try {
      Set<String> batched = new HashSet<>();
      List<String> names = folder.files();
      for (String name : names) {
        if (name.startsWith(MANY) && name.endsWith(ENDING)) {
          batched.addAll(read(name).keySet());
        }
      }
      for (String name : names) {
        if (name.startsWith(SINGLE) && name.endsWith(ENDING)) {
          takeOver(name, batched);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot read verdicts in " + folder + ": " + e.getMessage(), e);
    }
  }

  /** What a run left that was killed; it may have been killed before it deleted this. */
  private void takeOver(String name, Set<String> batched) throws IOException {
    Map<String, Reply> single = read(name);
    if (batched.containsAll(single.keySet())) {
      folder.delete(name);
    } else {
      singles.putAll(single);
    }
  }

  private Map<String, Reply> read(String name) throws IOException {
    Map<String, Reply> found = new LinkedHashMap<>();
    byte[] bytes = folder.read(name);
    String text = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      try {
        JsonNode kept = JSON.readTree(line);
        found.put(
            kept.required("request").asText(),
            new Reply(
                kept.required("text").asText(),
                kept.required("cut").asBoolean(),
                kept.required("refusal").asText()));
      } catch (JsonProcessingException | IllegalArgumentException e) {
        throw new BadData(
            "Cannot read verdicts in "
                + folder.path(name)
                + ": it is damaged. Delete it, and what was in it is asked again.",
            e);
      }
    }
    replies.putAll(found);
    return found;
  }

  /** The reply to a request, or null. */
  Reply get(String request) {
    return replies.get(request);
  }

  /** Keeps a reply. */
  void put(String request, Reply reply) {
    replies.put(request, reply);
    try {
      write(SINGLE + request + ENDING, Map.of(request, reply));
      Map<String, Reply> full = Map.of();
      synchronized (singles) {
        singles.put(request, reply);
        if (singles.size() >= BATCH) {
          full = new LinkedHashMap<>(singles);
          singles.clear();
        }
      }
      gather(full);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot keep a verdict in " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Puts replies that have files of their own into one. */
  void close() {
    Map<String, Reply> rest;
    synchronized (singles) {
      rest = new LinkedHashMap<>(singles);
      singles.clear();
    }
    try {
      gather(rest);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot keep verdicts in " + folder + ": " + e.getMessage(), e);
    }
  }

  private void gather(Map<String, Reply> single) throws IOException {
    if (single.isEmpty()) {
      return;
    }
    write(MANY + UUID.randomUUID() + ENDING, single);
    for (String request : single.keySet()) {
      folder.delete(SINGLE + request + ENDING);
    }
  }

  private void write(String name, Map<String, Reply> some) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, Reply> entry : some.entrySet()) {
      ObjectNode line = JSON.createObjectNode();
      line.put("request", entry.getKey());
      line.put("text", entry.getValue().text());
      line.put("cut", entry.getValue().cut());
      line.put("refusal", entry.getValue().refusal());
      lines.add(JSON.writeValueAsString(line));
    }
    String text = String.join("\n", lines) + "\n";
    try {
      folder.createOnce(name, text.getBytes(StandardCharsets.UTF_8));
    } catch (FileAlreadyExistsException e) {
      // Another run has asked the same at the same time, and either reply will do; or else a folder
      // is wanted where a file is.
      if (!name.startsWith(SINGLE) || !folder.has(name)) {
        throw e;
      }
    }
  }
}
