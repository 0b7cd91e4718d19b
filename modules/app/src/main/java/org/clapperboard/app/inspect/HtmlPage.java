package org.clapperboard.app.inspect;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;

/**
 * A page of well-formed XHTML, from a template beside this class, which may include others.
 * Whatever is put into it is escaped, and never read as a template: captions come from strangers.
 *
 * @param text the whole page
 */
public record HtmlPage(String text) {
  private static final JinjavaConfig CONFIG =
      JinjavaConfig.newBuilder().withNestedInterpretationEnabled(false).build();

  /** Fills a template in. */
  public static HtmlPage of(String template, Map<String, Object> values) {
    Jinjava jinjava = new Jinjava(CONFIG);
    jinjava.setResourceLocator((name, encoding, interpreter) -> read(name));
    Context context = new Context(jinjava.getGlobalContext(), printable(values), null);
    context.setAutoEscape(true);
    JinjavaInterpreter interpreter = new JinjavaInterpreter(jinjava, context, CONFIG);
    String page = interpreter.render(read(template));
    List<TemplateError> errors = interpreter.getErrorsCopy();
    if (!errors.isEmpty()) {
      throw new IllegalStateException(
          template + ":" + errors.get(0).getLineno() + "  " + errors.get(0).getMessage());
    }
    return new HtmlPage(page);
  }

  /** Writes it as a file of a folder, wherever that is. */
  public void write(Folder folder, String name) {
    try (OutputStream out = folder.create(name)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new BadData("Cannot write " + folder.path(name) + ": " + e.getMessage(), e);
    }
  }

  /** Writes it to a file, in a folder that need not be there yet. */
  void write(Path to) {
    try {
      if (to.toAbsolutePath().getParent() != null) {
        Files.createDirectories(to.toAbsolutePath().getParent());
      }
      Files.writeString(to, text);
    } catch (IOException e) {
      throw new BadData("Cannot write " + to + ": " + e.getMessage(), e);
    }
  }

  private static String read(String template) {
    try (InputStream in = HtmlPage.class.getResourceAsStream(template)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> printable(Map<?, ?> values) {
    Map<String, Object> printable = new TreeMap<>();
    values.forEach((name, value) -> printable.put(name.toString(), printable(value)));
    return printable;
  }

  private static Object printable(Object value) {
    if (value instanceof Map<?, ?> map) {
      return printable(map);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(HtmlPage::printable).toList();
    }
    return value instanceof String text ? printable(text) : value;
  }

  /** Characters that no page may hold, such as most control characters, become U+FFFD. */
  private static String printable(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints().forEach(c -> printable.appendCodePoint(allowed(c) ? c : 0xFFFD));
    return printable.toString();
  }

  /** What XML 1.0 calls a character. */
  private static boolean allowed(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }
}
