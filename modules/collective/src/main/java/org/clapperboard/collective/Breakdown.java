package org.clapperboard.collective;

/** Ends the collective on this rank; carries what the caller and what the other ranks are told. */
final class Breakdown extends RuntimeException {

  private final String report;

  private Breakdown(String why, String report, Throwable cause) {
    super(why, cause);
    this.report = report;
  }

  /** This rank itself is the reason, and the text names it. */
  static Breakdown own(String why, Throwable cause) {
    return new Breakdown(why, why, cause);
  }

  /** This rank sees something wrong with another one, which the text names. */
  static Breakdown observed(String observer, String why, Throwable cause) {
    return new Breakdown(why, observer + " reports: " + why, cause);
  }

  /** Another rank has told so. */
  static Breakdown told(String report) {
    return new Breakdown(report, report, null);
  }

  /** What the other ranks are told. */
  String report() {
    return report;
  }
}
