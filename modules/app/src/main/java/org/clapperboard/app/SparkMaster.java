package org.clapperboard.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;

/** Finds out at once that no master is there, which Spark would try for a minute. */
final class SparkMaster {
  private static final Pattern STANDALONE = Pattern.compile("spark://(.+)");
  private static final Pattern PLACE = Pattern.compile("(.+):(\\d{1,5})");
  private static final int MILLIS = 5000;

  private SparkMaster() {}

  /**
   * Looks for a standalone master; any of several will do. Other kinds are left to Spark.
   *
   * @throws BadConfig if none answers
   */
  static void require(String master) {
    Matcher standalone = STANDALONE.matcher(master);
    if (!standalone.matches()) {
      return;
    }
    String why = "";
    for (String place : standalone.group(1).split(",", -1)) {
      why = why(place);
      if (why.isEmpty()) {
        return;
      }
    }
    throw new BadConfig(
        List.of(
            Problem.of(
                "SPARK_MASTER",
                "is " + master + " (expected: a master that answers): " + why + ".")));
  }

  private static String why(String place) {
    Matcher parts = PLACE.matcher(place);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > 65535) {
      return "\"" + place + "\" is no HOST:PORT";
    }
    String why = "";
    try {
      for (InetAddress host : InetAddress.getAllByName(parts.group(1))) {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(host, Integer.parseInt(parts.group(2))), MILLIS);
          return "";
        } catch (IOException e) {
          why = e.getMessage();
        }
      }
    } catch (UnknownHostException e) {
      return "no host is called " + parts.group(1);
    }
    return why;
  }
}
