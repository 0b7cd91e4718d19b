package org.clapperboard.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Reads a file, what it includes, and the overrides, each as one layer; the first lies on top.
 *
 * <p>The last override wins, then come the file and its includes, of which again the last wins.
 */
final class Layers {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_FILES = 64;
  private static final String INCLUDE = "include";

  private final Problems problems;
  private final Budget budget;
  private final List<ConfigObject> layers = new ArrayList<>();
  private final Deque<Path> including = new ArrayDeque<>();
  private int files;
  private boolean incomplete;

  Layers(Problems problems, Budget budget) {
    this.problems = problems;
    this.budget = budget;
  }

  /** All layers. Throws BadConfig when a file cannot be read, for then most keys are missing. */
  List<ConfigObject> list() {
    if (incomplete) {
      problems.throwIfAny();
    }
    return List.copyOf(layers);
  }

  /** Adds overrides such as {@code optimizer.lr=1e-4}. */
  void addOverrides(List<String> overrides) {
    List<String> lastFirst = new ArrayList<>(overrides);
    Collections.reverse(lastFirst);
    lastFirst.forEach(this::addOverride);
  }

  /** Adds a file and what it includes. */
  void addFile(Path file) {
    if (Files.exists(file)) {
      read(file);
    } else {
      fail(Problem.of(file.toString(), "does not exist."));
    }
  }

  /** Adds a text that stands for the file, and what it includes. */
  void addText(Path file, String text) {
    try {
      ConfigOrigin origin = ConfigOriginFactory.newFile(file.toString());
      ConfigValue value = new Yaml(origin, problems, budget).read("", text).orElse(null);
      if (value instanceof ConfigObject object) {
        layers.add(object.withoutKey(INCLUDE));
        addIncludes(file, object.get(INCLUDE));
      } else {
        boolean empty = value == null || value.valueType() == ConfigValueType.NULL;
        String is = empty ? "is empty" : "is not a map";
        fail(Problem.of(file.toString(), is + " (expected: keys and their values)."));
      }
    } catch (BadConfig e) {
      e.problems().forEach(this::fail);
    }
  }

  private void addOverride(String override) {
    int equals = override.indexOf('=');
    String key = equals < 0 ? override : override.substring(0, equals).strip();
    ConfigOrigin origin = ConfigOriginFactory.newSimple("--set " + key);
    try {
      List<String> path = ConfigUtil.splitPath(equals < 0 ? "" : key);
      ConfigValue value =
          new Yaml(origin, problems, budget)
              .read(ConfigUtil.joinPath(path), override.substring(equals + 1))
              .orElseGet(() -> ConfigValueFactory.fromAnyRef(null).withOrigin(origin));
      for (int i = path.size() - 1; i >= 0; i--) {
        value = ConfigValueFactory.fromMap(Map.of(path.get(i), value)).withOrigin(origin);
      }
      layers.add((ConfigObject) value);
    } catch (ConfigException.BadPath e) {
      String text = "is no override (expected: key=value, such as optimizer.lr=1e-4).";
      problems.add(Problem.of("--set " + override, text));
    } catch (BadConfig e) {
      problems.addAll(e.problems());
    }
  }

  private void addIncludes(Path file, ConfigValue value) {
    if (value instanceof ConfigList list) {
      for (int i = list.size() - 1; i >= 0; i--) {
        addInclude(file, INCLUDE + "[" + i + "]", list.get(i));
      }
    } else if (value != null) {
      addInclude(file, INCLUDE, value);
    }
  }

  private void addInclude(Path file, String name, ConfigValue value) {
    ConfigOrigin origin = value.origin();
    String expected = "an existing file";
    try {
      Path included = file.resolveSibling(Wording.text(value)).normalize();
      if (Files.exists(included)) {
        if (++files < MAX_FILES && !including.contains(included.toRealPath())) {
          read(included);
          return;
        }
        expected = "a file that does not lead back here, and fewer than " + MAX_FILES + " in all";
      }
    } catch (ConfigException | InvalidPathException | IOException e) {
      expected = "the name of a readable file";
    }
    fail(Problem.at(origin, name, Wording.wrong(name, Wording.shown(value), expected, "")));
  }

  private void read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        fail(Problem.of(file.toString(), "is too large (expected: at most 1 MiB)."));
        return;
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      including.push(file.toRealPath());
      addText(file, text.startsWith("\uFEFF") ? text.substring(1) : text);
      including.pop();
    } catch (CharacterCodingException e) {
      fail(Problem.of(file.toString(), "is not UTF-8 text."));
    } catch (IOException e) {
      fail(Problem.of(file.toString(), "cannot be read: " + e.getMessage() + "."));
    }
  }

  private void fail(Problem problem) {
    problems.add(problem);
    incomplete = true;
  }
}
