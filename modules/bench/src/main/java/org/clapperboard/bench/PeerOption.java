package org.clapperboard.bench;

import picocli.CommandLine.Option;

/** Which Python runs the peers. */
final class PeerOption {
  /** Debian's: its packages are no other interpreter's. */
  static final String DEBIAN = "/usr/bin/python3";

  @Option(
      names = "--python",
      paramLabel = "FILE",
      defaultValue = "${env:BENCH_PYTHON:-" + DEBIAN + "}",
      description =
          "Python of the peer. Default: $BENCH_PYTHON, or "
              + DEBIAN
              + ", to which the packages belong that modules/bench/install-peers.sh installs.")
  private String python;

  String python() {
    return python;
  }
}
