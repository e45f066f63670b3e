package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.time.Duration;
import java.util.List;

/// What the requests are like: whose they are, how long they took, how they ended.
///
/// @param services their names
/// @param routes routes of each service
/// @param skew Zipf exponent of the series' popularity, 0 (all alike) to 10
/// @param latency how long requests take
/// @param errors share of answers with status 5xx, 0 to 1
/// @param clientErrors share of answers with status 4xx, 0 to 1
/// @param withoutDuration share of events that carry no duration, 0 to 1
/// @param minBytes smallest answer
/// @param maxBytes largest answer
/// @param size least length of an event in bytes: shorter ones are filled up in a field that the
///   contract ignores; 0 for as long as it comes
/// @param key key of the records
/// @param incidents what goes wrong for a while
public record Traffic(
    List<String> services,
    List<String> routes,
    double skew,
    Latency latency,
    double errors,
    double clientErrors,
    double withoutDuration,
    long minBytes,
    long maxBytes,
    int size,
    Key key,
    List<Incident> incidents) {
  private static final int MAX_SERIES = 1_000_000;

  /// What records have for a key.
  public enum Key {
    /// Nothing: full batches, and no partition busier than another.
    NONE,
    /// `service|route`: a series is in one partition.
    SERIES,
    /// The service.
    SERVICE
  }

  /// How long requests take: log-normal around a median that each route has for itself, some of
  /// them, if they are bimodal, that many times longer.
  ///
  /// @param minMedian of the quickest route
  /// @param maxMedian of the slowest route
  /// @param sigma of the logarithm: 0.7 makes the 99th percentile five times the median
  /// @param slowShare share of the requests that are slow, 0 to 1
  /// @param slowFactor how many times slower these are, at least 1
  public record Latency(
      Duration minMedian, Duration maxMedian, double sigma, double slowShare, double slowFactor) {
    /// @throws IllegalArgumentException naming setting, value and range
    public Latency {
      if (minMedian.isNegative() || minMedian.isZero() || maxMedian.compareTo(minMedian) < 0) {
        throw new IllegalArgumentException("median: must be above 0, its max not below its min");
      }
      if (maxMedian.compareTo(Duration.ofHours(1)) > 0) {
        throw new IllegalArgumentException(
            "median " + Quantity.text(maxMedian) + ": must be at most 1h");
      }
      require("sigma", sigma, 0, 5);
      require("share", slowShare, 0, 1);
      require("factor", slowFactor, 1, 1_000);
    }
  }

  /// Something that goes wrong for a while, and then is over.
  ///
  /// @param service where
  /// @param from since the start
  /// @param until since the start
  /// @param slower how many times longer requests take, at least 1
  /// @param errors share of them that fail in addition, 0 to 1
  public record Incident(
      String service, Duration from, Duration until, double slower, double errors) {
    /// @throws IllegalArgumentException naming setting, value and range
    public Incident {
      if (from.isNegative() || until.compareTo(from) <= 0) {
        throw new IllegalArgumentException(
            "until " + Quantity.text(until) + ": must be after from");
      }
      require("slower", slower, 1, 1_000);
      require("errors", errors, 0, 1);
    }

    Incident stretched(double stretch) {
      return new Incident(
          service,
          Duration.ofNanos((long) (from.toNanos() * stretch)),
          Duration.ofNanos((long) (until.toNanos() * stretch)),
          slower,
          errors);
    }
  }

  /// @throws IllegalArgumentException naming setting, value and range
  public Traffic {
    services = List.copyOf(services);
    routes = List.copyOf(routes);
    incidents = List.copyOf(incidents);
    services.forEach(name -> requireName("services", name, true));
    routes.forEach(name -> requireName("routes", name, false));
    requireSeries(services.size(), routes.size());
    require("skew", skew, 0, 10);
    if (errors + clientErrors > 1) {
      throw new IllegalArgumentException("errors and client-errors: must be at most 100% together");
    }
    if (minBytes < 0 || maxBytes < minBytes || maxBytes > RequestEvent.MAX_BYTES) {
      throw new IllegalArgumentException(
          "bytes: must be 0 to " + RequestEvent.MAX_BYTES + ", max not below min");
    }
    require("size", size, 0, Topics.MAX_EVENT_BYTES);
    for (Incident incident : incidents) {
      if (!services.contains(incident.service())) {
        throw new IllegalArgumentException(
            "service '" + incident.service() + "' of an incident: there is none of this name");
      }
    }
  }

  static void requireSeries(int services, int routes) {
    if (services < 1 || routes < 1 || (long) services * routes > MAX_SERIES) {
      throw new IllegalArgumentException(
          "services "
              + services
              + ", routes "
              + routes
              + ": each must be at least 1, their product at most "
              + MAX_SERIES);
    }
  }

  private static void requireName(String setting, String name, boolean service) {
    boolean plain =
        name.codePoints()
            .noneMatch(c ->
                c < ' '
                    || c == 0x7f
                    || c == '"'
                    || c == '\\'
                    || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
    if (name.isEmpty()
        || name.length() > 512
        || name.equals(Series.ALL)
        || !plain
        || (service && name.indexOf(Series.SEPARATOR) >= 0)) {
      throw new IllegalArgumentException(
          setting
              + " '"
              + name
              + "': must be a name of 1 to 512 characters other than '*', without quotes,"
              + " backslashes"
              + (service ? ", '|'" : "")
              + " and control characters");
    }
  }

  static void require(String name, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          name
              + " "
              + Quantity.text(value)
              + ": must be "
              + Quantity.text(min)
              + " to "
              + Quantity.text(max));
    }
  }
}
