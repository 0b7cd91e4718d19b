package org.clapperboard.collective;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Who keeps an operation waiting, since when, and how far they got. */
final class Lateness {

  /** The patience with which nothing is waited for. */
  static final long NOBODY = Long.MAX_VALUE;

  private static final int NAMED_AT_MOST = 8;

  private final Link[] links;
  private final Mesh mesh;
  private final long deadlineNanos;

  Lateness(Mesh mesh, Duration deadline) {
    this.mesh = mesh;
    this.links = mesh.links;
    this.deadlineNanos = deadline.toNanos();
  }

  /** How long until the first rank has moved no byte for the deadline; 0 or less if one has. */
  long patienceNanos(long nowNanos) {
    long patience = NOBODY;
    for (Link link : links) {
      if (isWaitingFor(link)) {
        patience = Math.min(patience, deadlineNanos - (nowNanos - link.movedNanos));
      }
    }
    return patience;
  }

  /**
   * A clause per late rank. A rank whose part of a sum is missing keeps the owners from sending
   * theirs, so while there is one, those who only miss a finished slice are not blamed.
   */
  String describe(long nowNanos) {
    List<Link> late = new ArrayList<>();
    for (Link link : links) {
      if (link.isBlockedSending() || (isWaitingFor(link) && !link.toOwnerIn.isDone())) {
        late.add(link);
      }
    }
    if (late.isEmpty()) {
      for (Link link : links) {
        if (isWaitingFor(link)) {
          late.add(link);
        }
      }
    }
    List<String> clauses = new ArrayList<>();
    for (int rank : late.stream().mapToInt(link -> link.rank).distinct().sorted().toArray()) {
      clauses.add(describe(late.stream().filter(link -> link.rank == rank).toList(), nowNanos));
    }
    int unnamed = clauses.size() - NAMED_AT_MOST;
    return unnamed <= 0
        ? String.join(", ", clauses)
        : String.join(", ", clauses.subList(0, NAMED_AT_MOST)) + " and " + unnamed + " more ranks";
  }

  private static boolean isWaitingFor(Link link) {
    return link.isBlockedSending() || (link.isReading() && link.expectsData());
  }

  private String describe(List<Link> ofOneRank, long nowNanos) {
    Link first = ofOneRank.get(0);
    long silence =
        ofOneRank.stream().mapToLong(link -> nowNanos - link.movedNanos).min().orElseThrow();
    boolean owesData = ofOneRank.stream().anyMatch(Link::expectsData);
    long done =
        ofOneRank.stream().mapToLong(owesData ? Link::bytesReceived : Link::bytesSent).sum();
    long all = ofOneRank.stream().mapToLong(owesData ? Lateness::owed : Lateness::due).sum();
    String progress =
        all == 0 ? "" : " (" + (owesData ? "got " : "sent ") + amount(done, all) + ")";
    return first.label
        + (owesData ? " sent nothing for " : " took nothing for ")
        + seconds(silence)
        + progress
        + work(first.rank);
  }

  /** What a rank said last that it works on. */
  private String work(int rank) {
    String note = mesh.lifeline(rank).note();
    return note.isEmpty() ? "" : ", at work on " + note;
  }

  private static long owed(Link link) {
    return link.wireBytes(link.toOwnerIn, link.fromOwnerIn);
  }

  private static long due(Link link) {
    return link.wireBytes(link.toOwnerOut, link.fromOwnerOut);
  }

  /** Two sizes in the unit that fits the second: {@code 12 of 64 MiB}. */
  static String amount(long done, long all) {
    String[] units = {"bytes", "KiB", "MiB", "GiB"};
    int unit = 0;
    double scale = 1;
    while (unit < units.length - 1 && all >= scale * 1024) {
      scale *= 1024;
      unit++;
    }
    return number(done / scale) + " of " + number(all / scale) + " " + units[unit];
  }

  private static String seconds(long nanos) {
    return number(nanos / 1e9) + " s";
  }

  /** One decimal, and none where it would be 0. */
  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
