package org.clapperboard.serve;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The one folder whose files requests may name. What lies elsewhere is refused in the same words
 * whether it exists or not, also where a link inside the folder leads there.
 */
final class AllowedFolder {
  private final Path root;

  /** Files below a folder, or no files for null. */
  AllowedFolder(Path folder) throws IOException {
    this.root = folder == null ? null : folder.toRealPath();
  }

  /**
   * The file that a reference names: {@code file:///...}, an absolute path, or one below the
   * folder.
   *
   * @throws Refusal if there is none that may be read
   */
  Path file(String reference, String place) {
    if (root == null) {
      throw Refusal.bad(
          place, "Files of the server cannot be named: it was started without a folder for them.");
    }
    Path named = root.resolve(path(reference, place)).normalize();
    if (!named.startsWith(root)) {
      throw outside(place);
    }
    Path real;
    try {
      real = named.toRealPath();
    } catch (IOException e) {
      throw Refusal.bad(place, "There is no such file: " + root.relativize(named) + ".");
    }
    if (!real.startsWith(root)) {
      throw outside(place);
    }
    if (!Files.isRegularFile(real)) {
      throw Refusal.bad(place, "Not a file: " + root.relativize(named) + ".");
    }
    return real;
  }

  private static Path path(String reference, String place) {
    try {
      if (!reference.startsWith("file:")) {
        if (reference.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")) {
          throw Refusal.bad(
              place,
              "The server fetches nothing (expected: data:...;base64,..., file:///... or a path).");
        }
        return Path.of(reference);
      }
      URI uri = new URI(reference);
      if (uri.getPath() == null || (uri.getHost() != null && !uri.getHost().equals("localhost"))) {
        throw Refusal.bad(place, "Not a file of this machine (expected: file:///...).");
      }
      return Path.of(uri.getPath());
    } catch (URISyntaxException | InvalidPathException e) {
      throw Refusal.bad(place, "Not a path: " + e.getMessage());
    }
  }

  private static Refusal outside(String place) {
    return new Refusal(
        400, "path_not_allowed", place, "The file is outside of the folder that may be read.");
  }
}
