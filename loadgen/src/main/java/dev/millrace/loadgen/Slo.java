package dev.millrace.loadgen;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What must hold at a rate for the rate to count as sustained: conditions on the figures of a run,
/// as `report --fail-if` knows them but in the opposite sense, and `lag flat`, with commas between
/// them: `e2e.p99 < 3s, lag flat`.
///
/// **Lag flat:** the consumer lag of the processor in events (end of the topic `requests` less what
/// the processor's group has committed), averaged over the last third of the time after the
/// warm-up, is above that of the first third by no more than what comes in 0.2 s; and the same of
/// the sink in rows, if there is one, by no more than what comes in 1 s.
public final class Slo {
  private static final String DEFAULT_TEXT = "e2e.p99 < 3s, lag flat";
  private static final String LAG_FLAT = "lag flat";

  /// What names of end-to-end figures begin with.
  static final String E2E = "e2e.";

  /// The metric of `lag flat`.
  static final String LAG = "lag";

  /// A term that does not hold.
  ///
  /// @param metric what it is about: a figure's name, or `lag`
  /// @param sentence what was found
  /// @param unknown whether what it is about is not known
  record Miss(String metric, String sentence, boolean unknown) {}

  /// A row is readable 1 s after the end of its second, by the processor's defaults, and then takes
  /// its way: below 2.2 s, this would be a bound on the clock and not on the pipeline.
  public static final Slo DEFAULT = parse(DEFAULT_TEXT);

  /// Events wait in the processor's lag at most so much longer, seconds.
  static final double FLAT_S = 0.2;

  /// Rows come once a second, all of it at once.
  static final double FLAT_ROWS_S = 1;

  private final String text;
  private final List<RunCondition> conditions;
  private final boolean lagFlat;

  private Slo(String text, List<RunCondition> conditions, boolean lagFlat) {
    this.text = text;
    this.conditions = List.copyOf(conditions);
    this.lagFlat = lagFlat;
  }

  /// @throws IllegalArgumentException that has the term, and says what would do
  public static Slo parse(String text) {
    List<RunCondition> conditions = new ArrayList<>();
    boolean lagFlat = false;
    for (String term : text.split(",", -1)) {
      String one = term.strip().replaceAll("\\s+", " ");
      if (one.isEmpty()) {
        throw new IllegalArgumentException(
            "'" + text + "' has an empty term; write for instance '" + DEFAULT_TEXT + "'");
      }
      if (one.equals(LAG_FLAT)) {
        lagFlat = true;
      } else if (one.startsWith("lag")) {
        throw new IllegalArgumentException(
            "'" + one + "': of the lag there is only one term, '" + LAG_FLAT + "'");
      } else {
        conditions.add(condition(one));
      }
    }
    return new Slo(text.strip(), conditions, lagFlat);
  }

  private static RunCondition condition(String term) {
    RunCondition condition = RunCondition.parse(term);
    if (condition.isRatio()) {
      throw new IllegalArgumentException(
          "'" + term + "': a multiple needs two runs, and a step is one; write a value");
    }
    return condition;
  }

  /// The longest end-to-end time that is asked for; zero if none is.
  Duration longestE2e() {
    return Duration.ofNanos(
        (long)
            (1e3
                * conditions.stream()
                    .filter(condition -> condition.metric().startsWith(E2E))
                    .mapToDouble(RunCondition::limit)
                    .max()
                    .orElse(0)));
  }

  /// The terms that a step has missed.
  List<Miss> missed(RunSummary summary, LagCourse input, LagCourse rows) {
    Stream<Miss> figures =
        conditions.stream()
            .flatMap(condition -> {
              RunCondition.Verdict verdict = condition.check(RunFigures.of(summary));
              return verdict.answer() == RunCondition.Answer.MET
                  ? Stream.empty()
                  : Stream.of(
                      new Miss(
                          condition.metric(),
                          verdict.finding() + " (" + condition + ")",
                          verdict.answer() == RunCondition.Answer.NO_FIGURE));
            });
    return Stream.concat(figures, lagFlat ? lag(input, rows) : Stream.empty()).toList();
  }

  private static Stream<Miss> lag(LagCourse input, LagCourse rows) {
    if (!input.isKnown()) {
      return Stream.of(unread("the processor's", input));
    }
    if (!rows.isKnown() && !rows.samples().isEmpty()) {
      return Stream.of(unread("the sink's", rows));
    }
    Stream<Miss> processor =
        isFlat(input) ? Stream.empty() : Stream.of(grew("lag", input, "events"));
    Stream<Miss> sink =
        areRowsFlat(rows) ? Stream.empty() : Stream.of(grew("the sink's lag", rows, "rows"));
    return Stream.concat(processor, sink);
  }

  private static Miss unread(String whose, LagCourse lag) {
    return new Miss(
        LAG,
        String.format(
            Locale.ROOT, "%s lag could not be read for %.1f s", whose, lag.longestGapMs() / 1e3),
        true);
  }

  private static Miss grew(String what, LagCourse lag, String unit) {
    return new Miss(
        LAG,
        what
            + " grew by "
            + RunUnit.COUNT.show(lag.growth())
            + " "
            + unit
            + " within "
            + Math.round(lag.seconds())
            + " s (lag flat)",
        false);
  }

  /// Whether the processor's lag in events stays where it is.
  static boolean isFlat(LagCourse input) {
    return input.growthS().orElse(Double.MAX_VALUE) <= FLAT_S;
  }

  /// Whether the lag of who reads rows or sums stays where it is, or is not known.
  static boolean areRowsFlat(LagCourse rows) {
    return rows.growthS().orElse(0) <= FLAT_ROWS_S;
  }

  /// As it was written.
  @Override
  public String toString() {
    return text;
  }
}
