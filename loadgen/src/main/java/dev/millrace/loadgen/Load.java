package dev.millrace.loadgen;

import dev.millrace.loadgen.RateCurve.Piece;
import java.time.Duration;
import java.util.List;

/// How much is sent when.
///
/// @param phases one after the other, at least one
/// @param poisson whether events arrive as independent users make them, in bursts, and not evenly
public record Load(List<Phase> phases, boolean poisson) {
  /// @throws IllegalArgumentException if there is no phase, or one as fast as possible among others
  public Load {
    phases = List.copyOf(phases);
    if (phases.isEmpty()) {
      throw new IllegalArgumentException("load has no phase: must have at least one");
    }
    if (phases.size() > 1 && phases.stream().anyMatch(Phase.Max.class::isInstance)) {
      throw new IllegalArgumentException(
          "load has a phase of shape max beside others: it must be the only one, because nobody"
              + " knows how many events it has");
    }
    Duration whole = phases.stream().map(Phase::duration).reduce(Duration.ZERO, Duration::plus);
    if (whole.compareTo(Phase.MAX_DURATION) > 0) {
      throw new IllegalArgumentException(
          "load takes " + Quantity.text(whole) + ": must be at most 7d");
    }
  }

  /// The same rate all the time.
  public static Load constant(double ratePerS, Duration duration) {
    return new Load(List.of(new Phase.Constant(ratePerS, duration)), false);
  }

  /// How long it takes.
  public Duration duration() {
    return phases.stream().map(Phase::duration).reduce(Duration.ZERO, Duration::plus);
  }

  /// The same shape in another time: a day in a minute, or in an hour.
  public Load lasting(Duration duration) {
    Duration whole = duration();
    if (phases.size() == 1) {
      return new Load(List.of(phases.getFirst().lasting(duration)), poisson);
    }
    double stretch = (double) duration.toNanos() / whole.toNanos();
    return new Load(
        phases.stream()
            .map(phase ->
                phase.lasting(Duration.ofNanos((long) (phase.duration().toNanos() * stretch))))
            .toList(),
        poisson);
  }

  /// Whether there is a schedule, and not just as much as the target takes.
  public boolean isPaced() {
    return !(phases.getFirst() instanceof Phase.Max);
  }

  /// Events a second, the mean over the whole; 0 if there is no schedule.
  public double meanPerS() {
    return isPaced() ? curve().events() / (duration().toNanos() / 1e9) : 0;
  }

  /// When each event is due. A new one for each thread that asks.
  ///
  /// @param seed of the Poisson arrivals
  Schedule schedule(long seed) {
    if (!isPaced()) {
      return new MaxSchedule(duration().toNanos());
    }
    return poisson ? new PoissonSchedule(curve(), seed) : new EvenSchedule(curve());
  }

  private RateCurve curve() {
    List<Piece> pieces = phases.stream().flatMap(phase -> phase.pieces().stream()).toList();
    return new RateCurve(pieces.stream().filter(piece -> piece.nanos() > 0).toList());
  }
}
