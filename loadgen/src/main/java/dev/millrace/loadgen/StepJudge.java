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
/// @param waits where events waited on their way to the target
/// @param generatorCpu share of this machine that the generator used, 0 to 1
/// @param machineCpu share of this machine that all used together, 0 to 1
record StepJudge(
    Slo slo,
    RunSummary summary,
    LagCourse input,
    LagCourse sums,
    LagCourse rows,
    SenderWaits waits,
    double generatorCpu,
    double machineCpu) {
  /// Of the events that are due, so many must be handed over in time.
  static final double REACHED = 0.99;

  /// Who waited for more than this share of the time was held up.
  private static final double HELD_UP = 0.01;

  /// A delay that is at least this share of the whole explains it.
  private static final double EXPLAINS = 0.5;

  /// From this on, nothing on this machine gets CPU time when it wants it.
  private static final double BUSY = 0.9;

  /// @param held whether the rate was held
  /// @param reasons why not, if not, a sentence each
  /// @param bottleneck who was in the way
  /// @param evidence what tells so; empty if the rate was held
  record Verdict(
      boolean held, List<String> reasons, Optional<Bottleneck> bottleneck, String evidence) {}

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
    reasons.addAll(slo.missed(summary, input, rows));
    if (reasons.isEmpty()) {
      return new Verdict(true, reasons, Optional.empty(), "");
    }
    Named named = named(reasons);
    return new Verdict(
        false, reasons, Optional.of(named.bottleneck()), named.evidence() + ofMachine());
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
  private Named named(List<String> reasons) {
    if (input.isKnown() && !Slo.isFlat(input)) {
      return new Named(
          Bottleneck.PROCESSOR,
          "its lag grew by " + events(input.growth()) + ", up to " + events(input.peak()));
    }
    if (!Slo.areRowsFlat(sums)) {
      return new Named(
          Bottleneck.PROCESSOR,
          "its sums waited to be merged, " + events(sums.growth()) + " more than at first");
    }
    if (!isReached() || lost() > 0) {
      return ofSending();
    }
    if (!Slo.areRowsFlat(rows)) {
      return new Named(
          Bottleneck.SINK, String.format(Locale.ROOT, "its lag grew by %,.0f rows", rows.growth()));
    }
    return ofTimes(reasons);
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

  /// Everything was sent, and nothing piles up: a delay that is the same all the time.
  private Named ofTimes(List<String> reasons) {
    RunSummary.Latency e2e = summary.latencyUs().e2e();
    boolean rows = reasons.stream().anyMatch(reason -> reason.contains("e2e."));
    double late = summary.latencyUs().lateness().p99();
    double ack = summary.latencyUs().ack().p99();
    if (rows && (e2e == null || e2e.count() == 0)) {
      return new Named(Bottleneck.PROCESSOR, "no row of it was seen in time");
    }
    double latest = rows ? e2e.p99() : ack;
    // Each of these times counts from when the event was due, and so has the lateness in it.
    if (late >= EXPLAINS * latest) {
      return new Named(
          Bottleneck.GENERATOR, "events were handed over late, p99 " + Quantity.micros(late));
    }
    return ack >= EXPLAINS * latest
        ? new Named(
            Bottleneck.ofTarget(summary.target()),
            "acknowledgements took " + Quantity.micros(ack) + " (p99)")
        : new Named(
            Bottleneck.PROCESSOR,
            "rows came late, p99 "
                + Quantity.micros(latest)
                + ", of which sending took "
                + Quantity.micros(ack));
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
