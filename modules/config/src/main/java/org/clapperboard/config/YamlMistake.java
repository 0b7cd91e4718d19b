package org.clapperboard.config;

import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Says in plain words, and on the right line, what the YAML parser stumbled over. */
final class YamlMistake {
  private YamlMistake() {}

  /** The line from 1; of what was never closed, the line on which it was opened. */
  static int line(MarkedYamlEngineException e) {
    boolean open = isNeverClosed(e) && e.getContextMark().isPresent();
    return (open ? e.getContextMark() : e.getProblemMark()).map(Mark::getLine).orElse(-1) + 1;
  }

  static String text(MarkedYamlEngineException e) {
    String problem = e.getProblem();
    if (problem.contains("TAB")) {
      return "a tab stands where only spaces may indent";
    }
    if (isNeverClosed(e)) {
      return "a quote or bracket is opened and never closed";
    }
    if (problem.contains("mapping values are not allowed")) {
      return "a colon stands where no key can be; quote the text or mend the indentation";
    }
    if (problem.contains("expected <block end>")) {
      return "the indentation does not fit the lines above";
    }
    if (problem.contains("another document")) {
      return "a second document starts here; a file holds one";
    }
    return problem;
  }

  private static boolean isNeverClosed(MarkedYamlEngineException e) {
    return e.getProblem().contains("end of stream") || e.getProblem().contains("<stream end>");
  }
}
