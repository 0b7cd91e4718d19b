package org.clapperboard.serve;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Who may ask. With a token whoever knows it; without one whoever is on this machine, except pages
 * of other sites that somebody on this machine looks at.
 */
final class Doorman {
  private static final String BEARER = "Bearer ";
  private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");

  private final byte[] token;

  Doorman(String token) {
    this.token = token == null ? null : token.getBytes(StandardCharsets.UTF_8);
  }

  boolean asksForToken() {
    return token != null;
  }

  /**
   * Lets a request in.
   *
   * @throws Refusal if it may not come in
   */
  void admit(Exchange exchange) {
    String host = String.valueOf(exchange.header(HttpHeader.HOST));
    // A name that somebody lets point at this machine would make a strange page one of ours.
    if (token == null && !HERE.contains(host.replaceFirst(":[0-9]*$", ""))) {
      throw new Refusal(403, "wrong_host", null, "Host is " + host + " (expected: localhost).");
    }
    String origin = exchange.header(HttpHeader.ORIGIN);
    if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
      throw new Refusal(403, "wrong_origin", null, "Pages of " + origin + " may not ask.");
    }
    if (token != null && !knowsToken(exchange.header(HttpHeader.AUTHORIZATION))) {
      throw new Refusal(
          401, "invalid_api_key", null, "The token is missing or wrong (Authorization: Bearer).");
    }
  }

  private boolean knowsToken(String authorization) {
    return authorization != null
        && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        // Takes as long for a nearly right token as for any other.
        && MessageDigest.isEqual(
            authorization.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8),
            token);
  }
}
