package dev.millrace.loadgen;

import dev.millrace.events.Series;
import java.util.List;

/// Which series have something wrong with them at a given time. Not thread-safe.
final class Incidents {
  private final List<Traffic.Incident> incidents;
  private final List<Series> series;
  private double slower;
  private double errors;

  Incidents(List<Traffic.Incident> incidents, List<Series> series) {
    this.incidents = incidents;
    this.series = series;
  }

  boolean isAny() {
    return !incidents.isEmpty();
  }

  /// Looks up what is wrong.
  ///
  /// @return whether anything is
  boolean begin(int picked, long elapsedNanos) {
    slower = 1;
    errors = 0;
    boolean any = false;
    for (Traffic.Incident incident : incidents) {
      if (elapsedNanos >= incident.from().toNanos()
          && elapsedNanos < incident.until().toNanos()
          && incident.service().equals(series.get(picked).service())) {
        slower *= incident.slower();
        errors = Math.max(errors, incident.errors());
        any = true;
      }
    }
    return any;
  }

  /// How many times longer requests take now.
  double slower() {
    return slower;
  }

  /// Share of the requests that fail in addition.
  double errors() {
    return errors;
  }
}
