package dev.millrace.loadgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Which rate to try next, as a pure function of what the earlier ones have shown.
///
/// It doubles until a rate does not hold; halves if not even the first one holds; bisects until the
/// highest rate that held and the lowest that did not are as close as wanted; and confirms the
/// former. A rate that is not confirmed has failed, and the search goes on below it: no such rate
/// is ever the result.
///
/// Nothing is given up for one hiccup: a rate has failed when it failed twice in a row, also in its
/// confirmation; and not even then if it, or a higher one, holds later, because what it failed of
/// has passed. So a first rate that a cold pipeline did not hold is tried again once a lower one
/// has held.
///
/// @param plan what to search
/// @param answers what was tried so far, in its order
record RateSearch(Plan plan, List<Answer> answers) {
  private static final double GROWTH = 2;

  /// Below this, there is no rate worth the name.
  static final double MIN_PER_S = 1;

  /// Why a rate is tried.
  enum Purpose {
    /// Not tried before.
    SEARCH,
    /// Did not hold before: once more before all above it is given up.
    REPEAT,
    /// The highest that has held: in a longer run.
    CONFIRM
  }

  /// @param startPerS the first rate, events a second
  /// @param maxPerS the highest to try
  /// @param resolution how far the lowest rate that failed may be above the result, as a share of
  ///   it
  /// @param maxSteps how many tries there are, at most
  record Plan(double startPerS, double maxPerS, double resolution, int maxSteps) {}

  /// A rate that is to be tried, events a second.
  record Try(double perS, Purpose purpose) {}

  /// Whether it held.
  record Answer(Try of, boolean held) {}

  RateSearch {
    answers = List.copyOf(answers);
  }

  static RateSearch of(Plan plan) {
    return new RateSearch(plan, List.of());
  }

  /// The search, with one more answer to [#next()].
  RateSearch after(boolean held) {
    List<Answer> more = new ArrayList<>(answers);
    more.add(new Answer(next().orElseThrow(), held));
    return new RateSearch(plan, more);
  }

  /// What to try; empty once the search is over.
  Optional<Try> next() {
    if (confirmed().isPresent() || answers.size() >= plan.maxSteps()) {
      return Optional.empty();
    }
    double floor = highestHeld().orElse(0);
    if (floor > 0 && (answers.size() == plan.maxSteps() - 1 || isNarrow(floor))) {
      return Optional.of(new Try(floor, Purpose.CONFIRM));
    }
    if (isFailedOnce()) {
      return Optional.of(new Try(answers.getLast().of().perS(), Purpose.REPEAT));
    }
    OptionalDouble failed = lowestFailed();
    if (failed.isEmpty()) {
      return Optional.of(
          new Try(
              floor == 0 ? plan.startPerS() : Math.min(floor * GROWTH, plan.maxPerS()),
              Purpose.SEARCH));
    }
    if (isFirstThatHeld() && floor < plan.startPerS()) {
      return Optional.of(new Try(plan.startPerS(), Purpose.REPEAT));
    }
    double rate =
        round(floor > 0 ? Math.sqrt(floor * failed.getAsDouble()) : failed.getAsDouble() / GROWTH);
    return rate < MIN_PER_S ? Optional.empty() : Optional.of(new Try(rate, Purpose.SEARCH));
  }

  /// Whether the newest rate has failed, and not been repeated yet.
  private boolean isFailedOnce() {
    return !answers.isEmpty()
        && !answers.getLast().held()
        && answers.getLast().of().purpose() == Purpose.SEARCH;
  }

  private boolean isFirstThatHeld() {
    return answers.getLast().held() && answers.stream().filter(Answer::held).count() == 1;
  }

  /// Whether there is nothing between what held and what failed that would be worth a try.
  private boolean isNarrow(double floor) {
    double ceiling = lowestFailed().orElse(Double.POSITIVE_INFINITY);
    if (Double.isInfinite(ceiling)) {
      return floor >= plan.maxPerS();
    }
    double middle = round(Math.sqrt(floor * ceiling));
    return ceiling <= floor * (1 + plan.resolution()) || middle <= floor || middle >= ceiling;
  }

  /// Three digits are more than the resolution needs, and easier to read.
  private static double round(double rate) {
    double unit = Math.pow(10, Math.floor(Math.log10(rate)) - 2);
    return unit < 1 ? Math.rint(rate / unit) * unit : Math.rint(rate / unit) * Math.rint(unit);
  }

  /// The result: the highest rate that held, also in its confirmation run.
  OptionalDouble confirmed() {
    return !answers.isEmpty()
            && answers.getLast().held()
            && answers.getLast().of().purpose() == Purpose.CONFIRM
        ? OptionalDouble.of(answers.getLast().of().perS())
        : OptionalDouble.empty();
  }

  /// The lowest rate that has failed for good; empty if there is none.
  OptionalDouble lowestFailed() {
    List<Double> failed = new ArrayList<>();
    Answer before = null;
    for (Answer answer : answers) {
      double rate = answer.of().perS();
      if (answer.held()) {
        failed.removeIf(lower -> lower <= rate);
      } else if (before != null && !before.held() && before.of().perS() == rate) {
        failed.add(rate);
      }
      before = answer;
    }
    return failed.stream().mapToDouble(Double::doubleValue).min();
  }

  /// The highest rate that held and is below all that failed, confirmed or not.
  OptionalDouble highestHeld() {
    double ceiling = lowestFailed().orElse(Double.POSITIVE_INFINITY);
    return answers.stream()
        .filter(Answer::held)
        .mapToDouble(answer -> answer.of().perS())
        .filter(rate -> rate < ceiling)
        .max();
  }
}
