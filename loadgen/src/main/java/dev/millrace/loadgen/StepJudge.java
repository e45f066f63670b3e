package dev.millrace.loadgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Judges a step of a search: whether its rate was held, and if not, who was in the way.
///
/// @param slo what must hold
/// @param summary of the run
/// @param input lag of the processor, events, after the warm-up
/// @param sums lag of the processor's second half, records, if it is known
/// @param rows lag of the sink, rows, if there is one
/// @param blind why there are no end-to-end times, if reading them has failed
/// @param uncounted events that came after the first row of their window
/// @param waits where events waited on their way to the target
/// @param generatorCpu share of this machine that the generator used, 0 to 1
/// @param machineCpu share of this machine that all used together, 0 to 1
record StepJudge(
    Slo slo,
    RunSummary summary,
    LagCourse input,
    LagCourse sums,
    LagCourse rows,
    Optional<String> blind,
    long uncounted,
    SenderWaits waits,
    double generatorCpu,
    double machineCpu) {
  /// Of the events that are due, so many must be handed over in time.
  static final double REACHED = 0.99;

  /// Of the events sent, so many may be in no first row: end to end does not see how late they are.
  static final double UNCOUNTED = 0.01;

  /// Who waited for more than this share of the time was held up.
  private static final double HELD_UP = 0.01;

  /// A delay that is at least this share of the whole explains it.
  private static final double EXPLAINS = 0.5;

  /// From this on, nothing on this machine gets CPU time when it wants it.
  private static final double BUSY = 0.9;

  /// @param judged whether enough was known to judge; if not, the rate may be held or not
  /// @param held whether the rate was held
  /// @param reasons why not, if not, a sentence each; or why it was not judged
  /// @param bottleneck who was in the way, if that can be told
  /// @param evidence what tells so; empty if nothing does
  record Verdict(
      boolean judged,
      boolean held,
      List<String> reasons,
      Optional<Bottleneck> bottleneck,
      String evidence) {}

  Verdict verdict() {
    List<String> reasons = new ArrayList<>();
    if (!isReached()) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "only %.0f %% of what was due was sent",
              100 * summary.rate().sentPerS() / summary.rate().targetPerS()));
    }
    if (lost() > 0) {
      reasons.add(String.format(Locale.ROOT, "%,d events failed or have an unknown fate", lost()));
    }
    if (uncounted > UNCOUNTED * summary.totals().sent()) {
      reasons.add(
          String.format(
              Locale.ROOT, "%,d events came after the first row of their window", uncounted));
    }
    List<Slo.Miss> missed = slo.missed(summary, input, rows);
    List<Slo.Miss> found = missed.stream().filter(miss -> !isUnseen(miss)).toList();
    found.forEach(miss -> reasons.add(miss.sentence()));
    if (reasons.isEmpty()) {
      missed.forEach(miss -> reasons.add(isE2e(miss) ? blind.orElseThrow() : miss.sentence()));
      return new Verdict(missed.isEmpty(), missed.isEmpty(), reasons, Optional.empty(), "");
    }
    Optional<Named> named = named(found);
    return new Verdict(
        true,
        false,
        reasons,
        named.map(Named::bottleneck),
        named.map(who -> who.evidence() + ofMachine()).orElse(""));
  }

  /// Whether nobody was able to look, which says nothing of the rate. That no row came although
  /// somebody looked does.
  private boolean isUnseen(Slo.Miss miss) {
    return miss.unknown() && (isE2e(miss) ? blind.isPresent() : miss.metric().equals(Slo.LAG));
  }

  private static boolean isE2e(Slo.Miss miss) {
    return miss.metric().startsWith(Slo.E2E);
  }

  private boolean isReached() {
    return summary.rate().sentPerS() >= summary.rate().targetPerS() * REACHED;
  }

  private long lost() {
    return summary.totals().failed() + summary.totals().unknown();
  }

  private record Named(Bottleneck bottleneck, String evidence) {}

  /// What piles up in front of somebody is the surest sign; then who made the sender wait; only
  /// what is left is told by times.
  private Optional<Named> named(List<Slo.Miss> missed) {
    if (input.isKnown() && !Slo.isFlat(input)) {
      return Optional.of(
          new Named(
              Bottleneck.PROCESSOR,
              "its lag grew by " + events(input.growth()) + ", up to " + events(input.peak())));
    }
    if (!Slo.areRowsFlat(sums)) {
      return Optional.of(
          new Named(
              Bottleneck.PROCESSOR,
              "its sums waited to be merged, " + events(sums.growth()) + " more than at first"));
    }
    if (!isReached() || lost() > 0) {
      return Optional.of(ofSending());
    }
    if (!Slo.areRowsFlat(rows)) {
      return Optional.of(
          new Named(Bottleneck.SINK, "its lag grew by " + events(rows.growth()) + " rows"));
    }
    return ofTimes(missed.stream().map(Slo.Miss::metric).toList());
  }

  private Named ofSending() {
    Bottleneck target = Bottleneck.ofTarget(summary.target());
    double wholeS = Math.max(1e-9, summary.durationS());
    if (lost() > 0 || waits.blockedS() > HELD_UP * wholeS) {
      return new Named(
          target,
          String.format(
              Locale.ROOT,
              "sending waited for it for %.1f s; it answered after %.0f ms, batches queued for %.0f"
                  + " ms",
              waits.blockedS(),
              waits.requestMs(),
              waits.queueMs()));
    }
    return new Named(
        Bottleneck.GENERATOR,
        String.format(
            Locale.ROOT,
            "it did not come to send: late p99 %s, %.0f %% of this machine's CPU",
            Quantity.micros(summary.latencyUs().lateness().p99()),
            100 * generatorCpu));
  }

  /// Everything was sent, and nothing piles up: a delay that is the same all the time. Of other
  /// figures, such as rates, nobody can be told to be in the way.
  private Optional<Named> ofTimes(List<String> metrics) {
    double late = summary.latencyUs().lateness().p99();
    double ack = summary.latencyUs().ack().p99();
    boolean rows = metrics.stream().anyMatch(metric -> metric.startsWith(Slo.E2E));
    if (!rows && metrics.stream().noneMatch(metric -> metric.startsWith("ack."))) {
      return metrics.stream()
              .anyMatch(metric -> metric.equals("valid") || metric.startsWith("lateness."))
          ? Optional.of(ofLateness(late))
          : Optional.empty();
    }
    RunSummary.Latency e2e = summary.latencyUs().e2e();
    if (rows && (e2e == null || e2e.count() == 0)) {
      return blind.isPresent()
          ? Optional.empty()
          : Optional.of(new Named(Bottleneck.PROCESSOR, "no row of it was seen in time"));
    }
    double latest = rows ? e2e.p99() : ack;
    // Each of these times counts from when the event was due, and so has the lateness in it.
    if (late >= EXPLAINS * latest) {
      return Optional.of(ofLateness(late));
    }
    return Optional.of(
        ack >= EXPLAINS * latest
            ? new Named(
                Bottleneck.ofTarget(summary.target()),
                "acknowledgements took " + Quantity.micros(ack) + " (p99)")
            : new Named(
                Bottleneck.PROCESSOR,
                "rows came late, p99 "
                    + Quantity.micros(latest)
                    + ", of which sending took "
                    + Quantity.micros(ack)));
  }

  private static Named ofLateness(double us) {
    return new Named(
        Bottleneck.GENERATOR, "events were handed over late, p99 " + Quantity.micros(us));
  }

  private String ofMachine() {
    return machineCpu < BUSY
        ? ""
        : String.format(
            Locale.ROOT,
            "; this machine's CPU was %.0f %% busy, %.0f %% of it the generator's",
            100 * machineCpu,
            100 * generatorCpu / machineCpu);
  }

  private static String events(double count) {
    return String.format(Locale.ROOT, "%,.0f", count);
  }
}
