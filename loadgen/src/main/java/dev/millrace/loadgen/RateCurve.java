package dev.millrace.loadgen;

import java.util.Arrays;
import java.util.List;

/// A rate over time, made of pieces on which it changes linearly, and its integral: how many events
/// there have been. Both directions are closed formulas.
final class RateCurve {
  private static final double NANOS_PER_S = 1e9;

  /// A piece of the curve.
  ///
  /// @param nanos how long
  /// @param fromPerS events a second at its start
  /// @param toPerS events a second at its end
  record Piece(long nanos, double fromPerS, double toPerS) {
    double events() {
      return nanos / NANOS_PER_S * (fromPerS + toPerS) / 2;
    }
  }

  private final Piece[] pieces;

  /// Where each piece starts, in nanoseconds and in events; one more for the end.
  private final long[] startNanos;

  private final double[] startEvents;

  RateCurve(List<Piece> pieces) {
    this.pieces = pieces.toArray(Piece[]::new);
    startNanos = new long[this.pieces.length + 1];
    startEvents = new double[this.pieces.length + 1];
    for (int i = 0; i < this.pieces.length; i++) {
      startNanos[i + 1] = startNanos[i] + this.pieces[i].nanos();
      startEvents[i + 1] = startEvents[i] + this.pieces[i].events();
    }
  }

  long lengthNanos() {
    return startNanos[pieces.length];
  }

  /// How many events there are in all.
  double events() {
    return startEvents[pieces.length];
  }

  /// How many whole events begin before the end.
  long total() {
    return (long) Math.ceil(events() - 1e-6);
  }

  /// How many events there have been by then.
  double eventsAt(long elapsedNanos) {
    if (elapsedNanos >= lengthNanos()) {
      return events();
    }
    int i = Arrays.binarySearch(startNanos, elapsedNanos);
    i = i < 0 ? -i - 2 : Math.min(i, pieces.length - 1);
    Piece piece = pieces[i];
    double seconds = (elapsedNanos - startNanos[i]) / NANOS_PER_S;
    return startEvents[i] + seconds * (piece.fromPerS() + slope(piece) * seconds / 2);
  }

  /// When there have been this many events, in nanoseconds since the start.
  ///
  /// @param events 0 to [#events()]
  double nanosOf(double events) {
    int i = pieceOf(events);
    Piece piece = pieces[i];
    double more = events - startEvents[i];
    if (more <= 0) {
      return startNanos[i];
    }
    double from = piece.fromPerS();
    // The root of from · t + slope · t² / 2 = more that also holds for a slope of 0. Rounding must
    // not make what is under it negative, where a ramp ends at a rate of 0.
    double root = Math.sqrt(Math.max(0, from * from + 2 * slope(piece) * more));
    double nanos = 2 * more / (from + root) * NANOS_PER_S;
    return startNanos[i] + Math.min(nanos, piece.nanos());
  }

  private int pieceOf(double events) {
    if (pieces.length == 1) {
      return 0;
    }
    int i = Arrays.binarySearch(startEvents, events);
    i = i < 0 ? -i - 2 : i;
    // Of pieces without events, which start at the same number, it is the one after them.
    while (i < pieces.length - 1 && startEvents[i + 1] <= events) {
      i++;
    }
    return Math.min(i, pieces.length - 1);
  }

  private static double slope(Piece piece) {
    return (piece.toPerS() - piece.fromPerS()) / (piece.nanos() / NANOS_PER_S);
  }
}
