package dev.millrace.sink;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/// Which windows to put together, and into how many answers.
///
/// @param fromMs epoch milliseconds, inclusive, a whole second
/// @param toMs epoch milliseconds, exclusive, a whole second
/// @param services names; empty for all
/// @param routes names; empty for all
/// @param by what gets an answer of its own
public record SpanSelection(
    long fromMs, long toMs, List<String> services, List<String> routes, By by) {
  /// What gets an answer of its own.
  public enum By {
    /// Nothing: one answer about all.
    ALL,
    /// Each service, all of its chosen routes together.
    SERVICE,
    /// Each route of each service.
    ROUTE,
    /// Each minute that the span touches, all chosen series together.
    MINUTE
  }

  /// @throws IllegalArgumentException naming option, value and what would do
  public SpanSelection {
    services = List.copyOf(services);
    routes = List.copyOf(routes);
    Objects.requireNonNull(by);
    if (fromMs % WindowSize.SECOND.ms() != 0 || toMs % WindowSize.SECOND.ms() != 0) {
      throw new IllegalArgumentException("--from and --to must be whole seconds");
    }
    if (fromMs < 0 || fromMs >= toMs) {
      throw new IllegalArgumentException(
          "--from %s --to %s: --from must be before --to"
              .formatted(Instant.ofEpochMilli(fromMs), Instant.ofEpochMilli(toMs)));
    }
    for (String name : services) {
      if (name.equals(Series.ALL)) {
        throw new IllegalArgumentException("--service *: leave it out to have all services");
      }
    }
    for (String name : routes) {
      if (name.equals(Series.ALL)) {
        throw new IllegalArgumentException("--route *: leave it out to have all routes");
      }
    }
  }

  /// Whether the answer needs rows of single routes; else those of whole services will do.
  boolean needsRoutes() {
    return !routes.isEmpty() || by == By.ROUTE;
  }

  /// Whether the answer is about everything, of which there are rows too.
  boolean isTotal() {
    return services.isEmpty() && !needsRoutes() && by != By.SERVICE;
  }
}
