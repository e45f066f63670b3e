package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// What a soak has found.
///
/// @param ratePerS events a second that were to be sent
/// @param durationS of the load
/// @param warmUpS of that, what is in no figure
/// @param samples in their order, at least one
/// @param trends of all that should not grow
/// @param books what became of the events
record SoakResult(
    @JsonProperty("rate_per_s") double ratePerS,
    @JsonProperty("duration_s") double durationS,
    @JsonProperty("warm_up_s") double warmUpS,
    @JsonProperty("samples") List<SoakSample> samples,
    @JsonProperty("trends") List<SoakTrend> trends,
    @JsonProperty("books") SoakBooks books) {
  private static final int ROWS = 10;
  private static final double MIB = 1 << 20;
  private static final double US_PER_MS = 1e3;

  /// A rate that is not reached says nothing of the one that was to be.
  private static final double REACHED = 0.99;

  // What comes and goes without anything growing.
  private static final double LAG_S = 0.1;
  private static final double E2E_MS = 100;
  private static final double RESIDENT_MIB = 64;
  private static final double HEAP_MIB = 32;
  private static final double THREADS = 5;
  private static final double DESCRIPTORS = 50;

  /// What is alive in the heaps of all parts, at some moment.
  ///
  /// @param atS seconds since the load began
  /// @param bytes of each part
  record Heaps(double atS, Map<String, Long> bytes) {}

  /// @param before from the warm-up
  /// @param after from the end of the load
  static SoakResult of(
      SoakBenchConfig config,
      List<SoakSample> samples,
      Heaps before,
      Heaps after,
      SoakBooks books) {
    List<SoakTrend> trends = new ArrayList<>();
    trends.add(trend("lag, events", samples, SoakSample::lag, LAG_S * config.ratePerS()));
    List<SoakSample> timed = samples.stream().filter(sample -> sample.e2eP99Us() != null).toList();
    if (!timed.isEmpty()) {
      trends.add(trend("e2e p99, ms", timed, sample -> sample.e2eP99Us() / US_PER_MS, E2E_MS));
    }
    for (String part : samples.getFirst().parts().keySet()) {
      trends.add(
          trend(
              part + " RSS, MiB",
              samples,
              sample -> sample.parts().get(part).residentBytes() / MIB,
              RESIDENT_MIB));
      trends.add(
          SoakTrend.of(
              part + " live heap, MiB",
              new double[] {before.atS(), after.atS()},
              new double[] {before.bytes().get(part) / MIB, after.bytes().get(part) / MIB},
              HEAP_MIB));
      trends.add(
          trend(part + " threads", samples, sample -> sample.parts().get(part).threads(), THREADS));
      trends.add(
          trend(
              part + " descriptors",
              samples,
              sample -> sample.parts().get(part).descriptors(),
              DESCRIPTORS));
    }
    return new SoakResult(
        config.ratePerS(),
        config.duration().toMillis() / 1e3,
        config.warmUp().toMillis() / 1e3,
        samples,
        trends,
        books);
  }

  private static SoakTrend trend(
      String name, List<SoakSample> samples, ToDoubleFunction<SoakSample> value, double slack) {
    return SoakTrend.of(
        name,
        samples.stream().mapToDouble(SoakSample::atS).toArray(),
        samples.stream().mapToDouble(value).toArray(),
        slack);
  }

  /// Whether the rate was held, nothing grows and the ledger balances.
  @JsonProperty("holds")
  boolean holds() {
    return reachedPerS() >= REACHED * ratePerS
        && trends.stream().noneMatch(SoakTrend::grows)
        && books.balanced();
  }

  private double reachedPerS() {
    return median(samples, SoakSample::acknowledgedPerS);
  }

  /// The report for people.
  List<String> lines() {
    List<String> lines = new ArrayList<>(table());
    lines.add("");
    lines.add(SoakTrend.heading());
    trends.forEach(trend -> lines.add(trend.line()));
    lines.add("");
    if (reachedPerS() < REACHED * ratePerS) {
      lines.add(
          String.format(
              Locale.ROOT,
              "The rate was not held: %,.0f/s of %,.0f/s; a lower --rate may be.",
              reachedPerS(),
              ratePerS));
    }
    String growing =
        trends.stream()
            .filter(SoakTrend::grows)
            .map(SoakTrend::name)
            .collect(Collectors.joining("; "));
    lines.add(growing.isEmpty() ? "Nothing grows." : "It grows: " + growing + ".");
    lines.add(books.sentence());
    lines.addAll(books.listed());
    return lines;
  }

  private List<String> table() {
    List<String> lines = new ArrayList<>();
    List<String> parts = List.copyOf(samples.getFirst().parts().keySet());
    lines.add(
        String.format(
            Locale.ROOT,
            "%8s %12s %11s %11s %11s %11s   RSS MiB: %s",
            "until",
            "acked/s",
            "lag",
            "most",
            "e2e p99 ms",
            "most",
            String.join(", ", parts)));
    int rows = Math.min(ROWS, samples.size());
    for (int row = 0; row < rows; row++) {
      lines.add(
          row(
              samples.subList(row * samples.size() / rows, (row + 1) * samples.size() / rows),
              parts));
    }
    return lines;
  }

  private static String row(List<SoakSample> samples, List<String> parts) {
    List<SoakSample> timed = samples.stream().filter(sample -> sample.e2eP99Us() != null).toList();
    return String.format(
        Locale.ROOT,
        "%7.0fs %,12.0f %,11.0f %,11d %11s %11s   %s",
        samples.getLast().atS(),
        median(samples, SoakSample::acknowledgedPerS),
        median(samples, SoakSample::lag),
        samples.stream().mapToLong(SoakSample::lagMax).max().orElseThrow(),
        timed.isEmpty() ? "-" : ms(median(timed, SoakSample::e2eP99Us)),
        timed.isEmpty()
            ? "-"
            : ms(timed.stream().mapToDouble(SoakSample::e2eP99Us).max().orElseThrow()),
        parts.stream()
            .map(part ->
                String.format(
                    Locale.ROOT,
                    "%,.0f",
                    median(samples, sample -> sample.parts().get(part).residentBytes() / MIB)))
            .collect(Collectors.joining(", ")));
  }

  private static String ms(double us) {
    return String.format(Locale.ROOT, "%,.0f", us / US_PER_MS);
  }

  private static double median(List<SoakSample> samples, ToDoubleFunction<SoakSample> value) {
    return Trend.median(samples.stream().mapToDouble(value).toArray());
  }
}
