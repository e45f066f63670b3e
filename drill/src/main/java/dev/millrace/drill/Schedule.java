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

  /// @param faults names, or [Faults#MIX] alone for any of them
  /// @param brokers how many there are to choose from
  /// @throws IllegalArgumentException if not all of them fit into the duration, or of a mix none
  static Schedule plan(List<String> faults, int brokers, Duration duration, long seed) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    long at = FIRST_MS + random.nextInt(2_000);
    boolean mix = faults.equals(List.of(Faults.MIX));
    boolean first = true;
    while (true) {
      List<Fault> round =
          new ArrayList<>(mix ? Faults.all() : faults.stream().map(Faults::named).toList());
      Collections.shuffle(round, random);
      boolean any = false;
      for (Fault fault : round) {
        Step step = step(fault, brokers, at, random);
        if (step.endMs() + step.calmMs() <= duration.toMillis()) {
          steps.add(step);
          at = step.endMs() + step.calmMs();
          any = true;
        } else if (first && !mix) {
          throw new IllegalArgumentException(
              "--duration %ds: too short for %s, which take up to %ds together"
                  .formatted(duration.toSeconds(), String.join(",", faults), atMost(faults)));
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

  private static Step step(Fault fault, int brokers, long at, Random random) {
    List<String> targets = Brokers.each(fault.targets(), brokers);
    String target = targets.get(random.nextInt(targets.size()));
    long least = fault.least().toMillis();
    long length = least + random.nextInt((int) (fault.most().toMillis() - least) + 1);
    long calm = fault.calm().toMillis();
    return new Step(fault.name(), target, at, length, calm + random.nextInt(3_000));
  }

  private static long atMost(List<String> faults) {
    return (FIRST_MS + 2_000) / 1_000
        + faults.stream()
            .map(Faults::named)
            .mapToLong(fault -> fault.most().plus(fault.calm()).toSeconds() + 3)
            .sum();
  }
}
