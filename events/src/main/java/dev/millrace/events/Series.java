package dev.millrace.events;

/// What a window row is about: one route of one service, all routes of a service (`checkout|*`), or
/// everything (`*|*`).
///
/// @param service the service's name, or [#ALL]
/// @param route the route within it, or [#ALL]
public record Series(String service, String route) {
  /// Stands for "all of them" in a rollup; refused as a name in a raw event.
  public static final String ALL = "*";

  /// Parts service and route in [#key()]; refused in the name of a service, allowed in a route.
  public static final char SEPARATOR = '|';

  /// The series that counts every event.
  public static final Series TOTAL = new Series(ALL, ALL);

  /// The record key on the window topics: `service|route`.
  public String key() {
    return service + SEPARATOR + route;
  }

  /// Reads what [#key()] wrote.
  ///
  /// @throws IllegalArgumentException if there is no separator in it
  public static Series parse(String key) {
    int separator = key.indexOf(SEPARATOR);
    if (separator < 0) {
      throw new IllegalArgumentException("not a series key (service|route): " + key);
    }
    return new Series(key.substring(0, separator), key.substring(separator + 1));
  }

  /// The rollup over all routes of this service.
  public Series ofService() {
    return new Series(service, ALL);
  }

  /// Whether this is `service|*` or `*|*`.
  public boolean isRollup() {
    return route.equals(ALL);
  }
}
