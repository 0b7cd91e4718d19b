package org.clapperboard.serve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where and to whom a server answers.
 *
 * @param host address to listen at
 * @param port 0 for any free one
 * @param token what clients must know, or null
 * @param folder below which files may be named in requests, or null for none
 * @param limits what requests may cost
 */
public record ServeConfig(String host, int port, String token, Path folder, ServeLimits limits) {

  /**
   * Checks that no stranger is let in.
   *
   * @throws IllegalArgumentException if others than this machine could ask without a token, or the
   *     folder is none
   */
  public ServeConfig {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port is " + port + " (expected: 0 to 65535).");
    }
    if (token != null && token.isBlank()) {
      throw new IllegalArgumentException("The token is blank (expected: a secret, or none).");
    }
    if (token == null && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "Cannot serve at "
              + host
              + " without a token: whoever reaches this machine could ask. Put one into"
              + " CLAPPERBOARD_TOKEN, or serve at 127.0.0.1.");
    }
    if (folder != null && !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "Cannot serve files of " + folder + ": there is no such folder.");
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "Cannot serve at " + host + ": there is no such address.", e);
    }
  }
}
