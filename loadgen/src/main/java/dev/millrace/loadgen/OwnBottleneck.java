package dev.millrace.loadgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Judges whether a run has measured its target or the generator itself.
///
/// @param paced whether there was a schedule
/// @param events handed over in the measured part
/// @param late of these, later than [#LATE_MS]
/// @param targetPerS events a second that the schedule has there
/// @param sentPerS events a second handed over there
/// @param blockedS seconds for which sending waited for the client's buffer to have room
/// @param measuredS length of the measured part, seconds
/// @param cpu share of the machine that this process used, 0 to 1
/// @param senderCpu share of a core that the sending thread used, 0 to 1
record OwnBottleneck(
    boolean paced,
    long events,
    long late,
    double targetPerS,
    double sentPerS,
    double blockedS,
    double measuredS,
    double cpu,
    double senderCpu) {
  /// An event handed over later than this after it was due is late.
  static final long LATE_MS = 10;

  /// So many may be.
  static final double LATE_SHARE = 0.01;

  /// Above this share, a process or a thread has no CPU time left.
  static final double SATURATED = 0.95;

  /// A sentence for each reason why the figures are not the target's; none if they are.
  List<String> causes() {
    List<String> causes = new ArrayList<>();
    if (paced && late > events * LATE_SHARE) {
      causes.add(
          String.format(
              Locale.ROOT,
              "%.1f %% of the events were handed over more than %d ms after they were due (at most"
                  + " 1 %% may be).",
              100.0 * late / events,
              LATE_MS));
    }
    if (paced && sentPerS < targetPerS * (1 - LATE_SHARE)) {
      causes.add(
          String.format(
              Locale.ROOT,
              "The rate was not reached: the schedule has %,.0f/s, %,.0f/s were sent.",
              targetPerS,
              sentPerS));
    }
    if (!causes.isEmpty() && blockedS > LATE_SHARE * measuredS) {
      causes.add(
          String.format(
              Locale.ROOT,
              "The target was slower than the schedule: for %.1f s, sending waited for room in the"
                  + " client's buffer.",
              blockedS));
    }
    causes.addAll(ofCpu(cpu));
    if (senderCpu > SATURATED) {
      causes.add(
          String.format(
              Locale.ROOT,
              "The sending thread was busy for %.0f %% of the time: the target may take more; try"
                  + " --workers.",
              100 * senderCpu));
    }
    return causes;
  }

  /// What is to be said of a share of the machine's CPU time that all of the generator used.
  static List<String> ofCpu(double cpu) {
    return cpu <= SATURATED
        ? List.of()
        : List.of(
            String.format(
                Locale.ROOT,
                "The generator used %.0f %% of this machine's CPU time: it may have been the"
                    + " bottleneck itself.",
                100 * cpu));
  }
}
