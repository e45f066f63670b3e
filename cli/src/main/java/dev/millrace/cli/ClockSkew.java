package dev.millrace.cli;

import java.time.Duration;

/// How far another clock is from this machine's.
final class ClockSkew {
  /// An event so far ahead of the processor's clock is a dead letter.
  private static final Duration FAR = Duration.ofSeconds(10);

  private static final String REMEDY =
      "synchronise the clocks (chrony, systemd-timesyncd): windows are published, and events refused"
          + " as coming from the future, by the clock";

  private ClockSkew() {}

  /// @param whose the other clock
  /// @param millis how far it is ahead of ours
  /// @param uncertain by how much that may be wrong
  /// @param near up to which distance all is well
  static void judge(Findings findings, String whose, long millis, long uncertain, Duration near) {
    long distance = Math.max(0, Math.abs(millis) - uncertain);
    String text =
        "the clock of "
            + whose
            + " is "
            + Units.count(Math.abs(millis))
            + " ms "
            + (millis < 0 ? "behind" : "ahead of")
            + " this machine's, give or take "
            + uncertain;
    if (distance >= FAR.toMillis()) {
      findings.problem(text, REMEDY);
    } else if (distance >= near.toMillis()) {
      findings.warning(text, REMEDY);
    } else {
      findings.ok(text);
    }
  }
}
