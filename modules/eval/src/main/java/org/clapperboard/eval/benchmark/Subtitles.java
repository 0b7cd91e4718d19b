package org.clapperboard.eval.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Subtitles of a video, as SubRip files (.srt) have them.
 *
 * @param lines in the order of the file
 */
public record Subtitles(List<Line> lines) {
  private static final Pattern TIMES =
      Pattern.compile(
          "(\\d+):(\\d\\d):(\\d\\d)[,.](\\d{1,3})\\s*-->\\s*(\\d+):(\\d\\d):(\\d\\d)[,.](\\d{1,3}).*");
  private static final Pattern BLANK_LINE = Pattern.compile("\\n\\s*\\n");
  private static final Pattern TAG = Pattern.compile("<[^>]*>|\\{\\\\[^}]*}");

  /**
   * What is shown for some time.
   *
   * @param start its first second
   * @param end the second it is gone
   * @param text without tags, on one line
   */
  public record Line(double start, double end, String text) {}

  public Subtitles {
    lines = List.copyOf(lines);
  }

  /** Reads a file; what is no subtitle in it is passed over. */
  public static Subtitles parse(String srt) {
    List<Line> lines = new ArrayList<>();
    for (String block : BLANK_LINE.split(srt.replace("\uFEFF", "").replace("\r\n", "\n"), -1)) {
      List<String> rows = block.strip().lines().toList();
      for (int i = 0; i < Math.min(2, rows.size()); i++) {
        Matcher times = TIMES.matcher(rows.get(i).strip());
        if (times.matches()) {
          String text = String.join(" ", rows.subList(i + 1, rows.size()));
          lines.add(
              new Line(
                  seconds(times, 1), seconds(times, 5), TAG.matcher(text).replaceAll("").strip()));
          break;
        }
      }
    }
    return new Subtitles(lines);
  }

  private static double seconds(Matcher times, int group) {
    return 3600 * Double.parseDouble(times.group(group))
        + 60 * Double.parseDouble(times.group(group + 1))
        + Double.parseDouble(times.group(group + 2) + "." + times.group(group + 3));
  }

  /**
   * What is read while frames are shown: of each moment the first line that is on, as the reference
   * takes them, each once and below each other.
   *
   * @param moments seconds of the frames
   */
  public String at(List<Double> moments) {
    Set<Line> shown = new LinkedHashSet<>();
    for (double moment : moments) {
      lines.stream()
          .filter(line -> line.start <= moment && moment < line.end && !line.text.isEmpty())
          .findFirst()
          .ifPresent(shown::add);
    }
    return String.join("\n", shown.stream().map(Line::text).toList());
  }

  /** All of it, a line below the other. */
  public String all() {
    return String.join("\n", lines.stream().map(Line::text).filter(t -> !t.isEmpty()).toList());
  }
}
