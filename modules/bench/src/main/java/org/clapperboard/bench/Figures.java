package org.clapperboard.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What a measurement gave.
 *
 * @param json all of it
 * @param table what people want to see first, line by line
 */
record Figures(ObjectNode json, List<String> table) {}
