package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One row of a manifest.
 *
 * @param line line of the file it starts in, from 1
 * @param fields its fields, or null if it could not be read
 * @param problem why it could not be read, or null
 */
public record ManifestRow(long line, JsonNode fields, String problem) {}
