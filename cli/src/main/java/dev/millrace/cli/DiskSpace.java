package dev.millrace.cli;

/// Whether a disk has room.
final class DiskSpace {
  private static final long GIB = 1L << 30;
  private static final long LEAST = GIB / 2;
  private static final double SCARCE_SHARE = 0.1;

  /// So much is enough on a disk of any size.
  private static final long ENOUGH = 50 * GIB;

  private DiskSpace() {}

  /// @param what whose disk it is
  /// @param total bytes of it
  /// @param usable bytes that are left
  /// @param fate what happens when it is full
  static void judge(Findings findings, String what, long total, long usable, String fate) {
    String text = "%s has %s of %s GiB left".formatted(what, gib(usable), gib(total));
    if (usable < LEAST) {
      findings.problem(text + ": " + fate, "make room, or give it another disk");
    } else if (usable < Math.min(ENOUGH, SCARCE_SHARE * total)) {
      findings.warning(text + ": " + fate, "make room, or give it another disk");
    } else {
      findings.ok(text);
    }
  }

  private static String gib(long bytes) {
    return "%.1f".formatted((double) bytes / GIB);
  }
}
