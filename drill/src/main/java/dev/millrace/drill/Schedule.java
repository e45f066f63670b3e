package dev.millrace.drill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What is broken when, decided by the seed alone: one fault at a time, each with a calm after it
/// in which the pipeline can come back. Every fault that was asked for is there at least once.
///
/// @param steps in order of time
public record Schedule(List<Step> steps) {
  /// Load without faults at the start, so that there is something to compare with.
  static final long FIRST_MS = 8_000;

  /// One fault, once.
  ///
  /// @param fault its name
  /// @param target what it breaks, one of [Fault#targets()]
  /// @param atMs when it begins, since the load began
  /// @param forMs how long it lasts
  /// @param calmMs how long nothing else is broken after it
  public record Step(String fault, String target, long atMs, long forMs, long calmMs) {
    long endMs() {
      return atMs + forMs;
    }

    /// The same of what was met.
    Step of(String met) {
      return new Step(fault, met, atMs, forMs, calmMs);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%6.1f s  %s%s for %.1f s",
          atMs / 1e3,
          fault,
          target.isEmpty() ? "" : " of " + target,
          forMs / 1e3);
    }
  }

  /// Copies the list.
  public Schedule {
    steps = List.copyOf(steps);
  }

  /// Whether something is broken at some time.
  boolean breaks(String target) {
    return steps.stream().anyMatch(step -> step.target().equals(target));
  }

  /// @throws IllegalArgumentException if not all faults fit into the duration, or of a mix none
  static Schedule plan(DrillConfig config) {
    Duration duration = config.duration();
    Random random = new Random(config.seed());
    List<Step> steps = new ArrayList<>();
    long at = FIRST_MS + random.nextInt(2_000);
    boolean first = true;
    while (true) {
      List<Fault> round = new ArrayList<>(config.breaking());
      Collections.shuffle(round, random);
      boolean any = false;
      for (Fault fault : round) {
        Step step = step(fault, config.targets(fault), at, random);
        if (step.endMs() + step.calmMs() <= duration.toMillis()) {
          steps.add(step);
          at = step.endMs() + step.calmMs();
          any = true;
        } else if (first && !config.isMix()) {
          throw new IllegalArgumentException(
              "--duration %ds: too short for %s, which take up to %ds together"
                  .formatted(
                      duration.toSeconds(),
                      String.join(",", config.faults()),
                      atMost(config.breaking())));
        }
      }
      first = false;
      if (!any && steps.isEmpty()) {
        throw new IllegalArgumentException(
            "--duration %ds: too short for any fault of this seed's"
                .formatted(duration.toSeconds()));
      }
      if (!any) {
        return new Schedule(steps);
      }
    }
  }

  private static Step step(Fault fault, List<String> targets, long at, Random random) {
    String target = targets.get(random.nextInt(targets.size()));
    long least = fault.least().toMillis();
    long length = least + random.nextInt((int) (fault.most().toMillis() - least) + 1);
    long calm = fault.calm().toMillis();
    return new Step(fault.name(), target, at, length, calm + random.nextInt(3_000));
  }

  private static long atMost(List<Fault> faults) {
    return (FIRST_MS + 2_000) / 1_000
        + faults.stream().mapToLong(fault -> fault.most().plus(fault.calm()).toSeconds() + 3).sum();
  }
}
