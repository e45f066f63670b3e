package dev.millrace.sink;

import dev.millrace.events.Series;
import java.time.Instant;

/// One thing that the database does not have as it was sent.
///
/// @param place second and series, or which ledger
/// @param what the two values
public record Difference(String place, String what) {
  static Difference at(long second, Series series, String what) {
    return new Difference(Instant.ofEpochMilli(second) + " " + series.key(), what);
  }

  @Override
  public String toString() {
    return place + ": " + what;
  }
}
