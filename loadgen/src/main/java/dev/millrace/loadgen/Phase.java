package dev.millrace.loadgen;

import dev.millrace.loadgen.RateCurve.Piece;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A part of a run with a shape of its own. Rates are events a second, from 0 (nothing) to
/// [#MAX_RATE].
public sealed interface Phase {
  /// The highest rate that a schedule may have; `max` is as fast as possible.
  double MAX_RATE = 10_000_000;

  /// The longest run.
  Duration MAX_DURATION = Duration.ofDays(7);

  /// Straight pieces that make a sine wave: of a day, a quarter of an hour each. The rate is within
  /// 0.06 % of the wave's height of the true one.
  int PIECES_OF_A_WAVE = 96;

  /// How long it takes.
  Duration duration();

  /// The same shape in another time.
  Phase lasting(Duration duration);

  /// Its rate over time; of [Max] there is none.
  List<Piece> pieces();

  /// As a scenario file has it.
  Map<String, Object> settings();

  /// Always the same rate.
  ///
  /// @param rate above 0
  record Constant(double rate, Duration duration) implements Phase {
    public Constant {
      requireRate("rate", rate, false);
      requireDuration(duration);
    }

    @Override
    public Phase lasting(Duration other) {
      return new Constant(rate, other);
    }

    @Override
    public List<Piece> pieces() {
      return List.of(new Piece(duration.toNanos(), rate, rate));
    }

    @Override
    public Map<String, Object> settings() {
      return named("constant", duration, "rate", rate);
    }
  }

  /// From one rate to another in a straight line.
  record Ramp(double from, double to, Duration duration) implements Phase {
    public Ramp {
      requireRate("from", from, true);
      requireRate("to", to, from == 0 ? false : true);
      requireDuration(duration);
    }

    @Override
    public Phase lasting(Duration other) {
      return new Ramp(from, to, other);
    }

    @Override
    public List<Piece> pieces() {
      return List.of(new Piece(duration.toNanos(), from, to));
    }

    @Override
    public Map<String, Object> settings() {
      return named("ramp", duration, "from", from, "to", to);
    }
  }

  /// From one rate to another in steps of the same height and length.
  ///
  /// @param steps at least 2, the first at `from`, the last at `to`
  record Steps(double from, double to, int steps, Duration duration) implements Phase {
    public Steps {
      requireRate("from", from, true);
      requireRate("to", to, from == 0 ? false : true);
      if (steps < 2 || steps > 1_000) {
        throw new IllegalArgumentException("steps " + steps + ": must be 2 to 1000");
      }
      requireDuration(duration);
    }

    @Override
    public Phase lasting(Duration other) {
      return new Steps(from, to, steps, other);
    }

    @Override
    public List<Piece> pieces() {
      List<Piece> pieces = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        double rate = from + (to - from) * i / (steps - 1);
        pieces.add(new Piece(part(duration, i, steps), rate, rate));
      }
      return pieces;
    }

    @Override
    public Map<String, Object> settings() {
      return named("steps", duration, "from", from, "to", to, "steps", steps);
    }
  }

  /// A sudden crowd: the middle third of the phase is at the peak, and the rate takes a tenth of a
  /// third to get there and back.
  ///
  /// @param rate before and after
  /// @param peak in the middle
  record Spike(double rate, double peak, Duration duration) implements Phase {
    private static final int THIRD = 10;

    public Spike {
      requireRate("rate", rate, true);
      requireRate("peak", peak, false);
      requireDuration(duration);
    }

    @Override
    public Phase lasting(Duration other) {
      return new Spike(rate, peak, other);
    }

    @Override
    public List<Piece> pieces() {
      long side = duration.toNanos() / 3;
      long slope = side / THIRD;
      long top = duration.toNanos() - 2 * side - 2 * slope;
      return List.of(
          new Piece(side, rate, rate),
          new Piece(slope, rate, peak),
          new Piece(top, peak, peak),
          new Piece(slope, peak, rate),
          new Piece(side, rate, rate));
    }

    @Override
    public Map<String, Object> settings() {
      return named("spike", duration, "rate", rate, "peak", peak);
    }
  }

  /// A wave, as traffic has it over a day: it begins at the lowest, at night.
  ///
  /// @param low lowest rate
  /// @param high highest rate
  /// @param period of one wave
  record Sine(double low, double high, Duration period, Duration duration) implements Phase {
    public Sine {
      requireRate("low", low, true);
      requireRate("high", high, false);
      requireDuration(duration);
      if (high < low) {
        throw new IllegalArgumentException(
            "high " + Quantity.text(high) + ": must not be below low, " + Quantity.text(low));
      }
      if (period.isNegative() || period.isZero() || duration.dividedBy(period) > 1_000) {
        throw new IllegalArgumentException(
            "period "
                + Quantity.text(period)
                + ": must be above 0, and at least a thousandth of the duration");
      }
    }

    @Override
    public Phase lasting(Duration other) {
      double stretch = (double) other.toNanos() / duration.toNanos();
      return new Sine(low, high, Duration.ofNanos((long) (period.toNanos() * stretch)), other);
    }

    @Override
    public List<Piece> pieces() {
      double waves = (double) duration.toNanos() / period.toNanos();
      int count = (int) Math.ceil(waves * PIECES_OF_A_WAVE);
      List<Piece> pieces = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        pieces.add(
            new Piece(
                part(duration, i, count), at(waves * i / count), at(waves * (i + 1.0) / count)));
      }
      return pieces;
    }

    private double at(double waves) {
      return low + (high - low) * (1 - Math.cos(2 * Math.PI * waves)) / 2;
    }

    @Override
    public Map<String, Object> settings() {
      return named("sine", duration, "low", low, "high", high, "period", Quantity.text(period));
    }
  }

  /// As fast as the target takes it.
  record Max(Duration duration) implements Phase {
    public Max {
      requireDuration(duration);
    }

    @Override
    public Phase lasting(Duration other) {
      return new Max(other);
    }

    @Override
    public List<Piece> pieces() {
      return List.of();
    }

    @Override
    public Map<String, Object> settings() {
      return named("max", duration);
    }
  }

  private static void requireRate(String name, double rate, boolean mayBeZero) {
    if (!(rate <= MAX_RATE && (mayBeZero ? rate >= 0 : rate > 0))) {
      throw new IllegalArgumentException(
          name
              + " "
              + Quantity.text(rate)
              + ": must be "
              + (mayBeZero ? "0 to" : "above 0 and at most")
              + " 10m a second");
    }
  }

  private static void requireDuration(Duration duration) {
    if (duration.isNegative() || duration.isZero() || duration.compareTo(MAX_DURATION) > 0) {
      throw new IllegalArgumentException(
          "duration " + Quantity.text(duration) + ": must be above 0 and at most 7d");
    }
  }

  /// The length of one of several parts, which add up to the whole exactly.
  private static long part(Duration whole, int index, int count) {
    double nanos = (double) whole.toNanos() / count;
    long end = index + 1 == count ? whole.toNanos() : Math.round(nanos * (index + 1));
    return end - Math.round(nanos * index);
  }

  private static Map<String, Object> named(String shape, Duration duration, Object... rest) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("shape", shape);
    for (int i = 0; i < rest.length; i += 2) {
      settings.put((String) rest[i], rest[i + 1]);
    }
    settings.put("duration", Quantity.text(duration));
    return settings;
  }
}
