package org.clapperboard.model.weights;

import java.nio.file.Path;

/**
 * Where in a file the elements of a tensor lie, in row-major order and nothing between them.
 *
 * @param file the file
 * @param start position of the first byte
 */
public record FileRegion(Path file, long start) {}
