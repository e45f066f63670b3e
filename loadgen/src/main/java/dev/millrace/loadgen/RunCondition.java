package dev.millrace.loadgen;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A condition on the figures of a run: `ack.p99 > 20ms`, `share.failed >= 0.1%`, `valid = false`;
/// or on those of two runs, as a multiple of the first: `ack.p99 > 1.2x`.
public final class RunCondition {
  private static final Pattern SYNTAX =
      Pattern.compile("([A-Za-z0-9._]+)\\s*(>=|<=|==|!=|=|>|<)\\s*(\\S.*)");
  private static final Pattern MULTIPLE = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)\\s*x");

  /// What a run answers, the worst first.
  public enum Answer {
    /// The condition is met.
    MET,
    /// The run does not have that figure, so nobody can tell.
    NO_FIGURE,
    /// The condition is not met.
    NOT_MET
  }

  /// What a condition has found.
  ///
  /// @param answer met or not
  /// @param finding the figures behind it, for a sentence: `ack.p99 is 23.40 ms`
  public record Verdict(Answer answer, String finding) {}

  private final String text;
  private final RunMetric metric;
  private final String operator;
  private final double limit;
  private final boolean ratio;

  private RunCondition(
      String text, RunMetric metric, String operator, double limit, boolean ratio) {
    this.text = text;
    this.metric = metric;
    this.operator = operator;
    this.limit = limit;
    this.ratio = ratio;
  }

  /// @throws IllegalArgumentException that says what was expected in its place, and what metrics
  ///   there are
  public static RunCondition parse(String text) {
    Matcher matcher = SYNTAX.matcher(text.strip());
    if (!matcher.matches()) {
      throw wrong(text, "is no condition; write METRIC OPERATOR VALUE, such as 'ack.p99 > 20ms'");
    }
    RunMetric metric =
        RunMetric.named(matcher.group(1))
            .orElseThrow(() -> wrong(text, "'" + matcher.group(1) + "' is no metric"));
    String operator = matcher.group(2);
    String value = matcher.group(3);
    if (metric.unit() == RunUnit.TRUTH && (operator.contains("<") || operator.contains(">"))) {
      throw wrong(text, metric.name() + " is true or false: compare it with = or !=");
    }
    Matcher multiple = MULTIPLE.matcher(value);
    if (multiple.matches() && metric.unit() != RunUnit.TRUTH) {
      double times = Double.parseDouble(multiple.group(1));
      return new RunCondition(text.strip(), metric, operator, times, true);
    }
    double limit =
        metric
            .unit()
            .parse(value)
            .orElseThrow(() ->
                wrong(
                    text,
                    "'"
                        + value
                        + "' is no value for "
                        + metric.name()
                        + ", which takes "
                        + metric.unit().expected()
                        + (metric.unit() == RunUnit.TRUTH
                            ? ""
                            : ", or between two runs a multiple: 1.2x")));
    return new RunCondition(text.strip(), metric, operator, limit, false);
  }

  private static IllegalArgumentException wrong(String text, String what) {
    return new IllegalArgumentException(
        "'" + text + "': " + what + ". Operators: > >= < <= = !=. Metrics: " + metrics());
  }

  /// `ack.mean, …, valid`: all names that a condition knows.
  public static String metrics() {
    return RunMetric.ALL.stream().map(RunMetric::name).collect(Collectors.joining(", "));
  }

  /// Whether it takes two runs to answer it.
  public boolean isRatio() {
    return ratio;
  }

  /// Name of the figure that it is about.
  String metric() {
    return metric.name();
  }

  /// What that is compared with, in the figure's unit.
  double limit() {
    return limit;
  }

  /// Whether it asks for a run's own judgement of itself.
  boolean isAboutValidity() {
    return metric.unit() == RunUnit.TRUTH;
  }

  /// @throws IllegalStateException if this is a ratio
  Verdict check(RunFigures run) {
    if (ratio) {
      throw new IllegalStateException(text + " needs two runs");
    }
    OptionalDouble value = metric.of().apply(run);
    return value.isEmpty()
        ? missing("the run")
        : verdict(holds(value.getAsDouble(), limit), metric.name() + " is " + show(value));
  }

  /// @throws IllegalStateException if this is no ratio
  Verdict check(RunFigures a, RunFigures b) {
    if (!ratio) {
      throw new IllegalStateException(text + " is of one run");
    }
    OptionalDouble before = metric.of().apply(a);
    OptionalDouble after = metric.of().apply(b);
    if (before.isEmpty() || after.isEmpty()) {
      return missing(before.isPresent() ? "run B" : after.isPresent() ? "run A" : "either run");
    }
    // Multiplied and not divided: from 0 to 5 failed events is more than any multiple.
    return verdict(
        holds(after.getAsDouble(), limit * before.getAsDouble()),
        metric.name()
            + " is "
            + show(after)
            + " in B and "
            + show(before)
            + " in A"
            + (before.getAsDouble() == 0
                ? ""
                : String.format(
                    Locale.ROOT, ", %.2fx", after.getAsDouble() / before.getAsDouble())));
  }

  private boolean holds(double value, double against) {
    return switch (operator) {
      case ">" -> value > against;
      case ">=" -> value >= against;
      case "<" -> value < against;
      case "<=" -> value <= against;
      case "=", "==" -> value == against;
      case "!=" -> value != against;
      default -> throw new IllegalStateException(operator);
    };
  }

  private static Verdict verdict(boolean met, String finding) {
    return new Verdict(met ? Answer.MET : Answer.NOT_MET, finding);
  }

  private Verdict missing(String who) {
    return new Verdict(
        Answer.NO_FIGURE,
        who.startsWith("either")
            ? "neither run has a figure " + metric.name()
            : who + " has no figure " + metric.name());
  }

  private String show(OptionalDouble value) {
    return metric.unit().show(value.getAsDouble());
  }

  /// As it was written.
  @Override
  public String toString() {
    return text;
  }
}
