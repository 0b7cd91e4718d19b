package org.clapperboard.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.clapperboard.config.Failure;

/**
 * What a measurement gave.
 *
 * @param json all of it
 * @param table what people want to see first, line by line
 * @param failure what the command ends with once they are shown, or null
 */
record Figures(ObjectNode json, List<String> table, Failure failure) {

  /** Of a measurement that nothing is wrong with. */
  Figures(ObjectNode json, List<String> table) {
    this(json, table, null);
  }
}
