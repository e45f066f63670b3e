package dev.millrace.loadgen;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What load to make: how much, of what, with which faults. A file has it ([ScenarioFile]), or
/// options.
///
/// @param name what it is called in reports
/// @param seed same seed and same start, same bytes
/// @param load how much when
/// @param traffic what the requests are like
/// @param faults what is wrong with some of them
public record Scenario(String name, long seed, Load load, Traffic traffic, Faults faults) {
  /// Events a second.
  public static final double DEFAULT_RATE = 20_000;

  /// Length of a run.
  public static final Duration DEFAULT_DURATION = Duration.ofSeconds(30);

  /// Number of services.
  public static final int DEFAULT_SERVICES = 20;

  /// Routes of each service.
  public static final int DEFAULT_ROUTES = 5;

  /// Seed of all that is random.
  public static final long DEFAULT_SEED = 42;

  /// Medians of 0.5 ms to 50 ms.
  static final Traffic.Latency DEFAULT_LATENCY =
      new Traffic.Latency(Duration.ofNanos(500_000), Duration.ofMillis(50), 0.7, 0, 1);

  private static final String[] SERVICES = {
    "checkout", "cart", "catalog", "search", "login", "profile", "payment", "shipping", "reviews",
    "stock", "pricing", "gateway", "mail", "media", "orders", "returns", "coupons", "wishlist",
    "support", "reports"
  };
  private static final String[] ROUTES = {
    "/v1/items/{id}", "/v1/items", "/v1/search", "/v1/status", "/v1/items/{id}/history"
  };

  /// Steady load without faults.
  ///
  /// @throws IllegalArgumentException naming setting, value and range
  public static Scenario steady(
      double ratePerS, Duration duration, int services, int routes, long seed) {
    return new Scenario(
        "steady",
        seed,
        Load.constant(ratePerS, duration),
        new Traffic(
            services(services, routes),
            routes(services, routes),
            1,
            DEFAULT_LATENCY,
            0.005,
            0.04,
            0,
            200,
            4_200,
            0,
            Traffic.Key.NONE,
            List.of()),
        Faults.NONE);
  }

  /// The defaults: what there is without options and files.
  public static Scenario steady() {
    return steady(DEFAULT_RATE, DEFAULT_DURATION, DEFAULT_SERVICES, DEFAULT_ROUTES, DEFAULT_SEED);
  }

  static List<String> services(int services, int routes) {
    Traffic.requireSeries(services, routes);
    return numbered(SERVICES, services, "-");
  }

  static List<String> routes(int services, int routes) {
    Traffic.requireSeries(services, routes);
    return numbered(ROUTES, routes, "/");
  }

  private static List<String> numbered(String[] names, int count, String separator) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = names[i % names.length];
      all.add(i < names.length ? name : name + separator + (i / names.length + 1));
    }
    return all;
  }

  /// The same with another load.
  public Scenario with(Load other) {
    return new Scenario(name, seed, other, traffic, faults);
  }

  /// The same with another seed.
  public Scenario withSeed(long other) {
    return new Scenario(name, other, load, traffic, faults);
  }

  /// The same in another time, incidents included.
  public Scenario lasting(Duration duration) {
    double stretch = (double) duration.toNanos() / load.duration().toNanos();
    Load stretched = load.lasting(duration);
    List<Traffic.Incident> incidents =
        traffic.incidents().stream().map(incident -> incident.stretched(stretch)).toList();
    return new Scenario(
        name, seed, stretched, traffic(traffic.services(), traffic.routes(), incidents), faults);
  }

  /// The same with so many services and routes, named as the defaults are.
  public Scenario withSeries(int services, int routes) {
    return new Scenario(
        name,
        seed,
        load,
        traffic(
            services == traffic.services().size() ? traffic.services() : services(services, routes),
            routes == traffic.routes().size() ? traffic.routes() : routes(services, routes),
            traffic.incidents()),
        faults);
  }

  private Traffic traffic(
      List<String> services, List<String> routes, List<Traffic.Incident> incidents) {
    return new Traffic(
        services,
        routes,
        traffic.skew(),
        traffic.latency(),
        traffic.errors(),
        traffic.clientErrors(),
        traffic.withoutDuration(),
        traffic.minBytes(),
        traffic.maxBytes(),
        traffic.size(),
        traffic.key(),
        incidents);
  }

  /// All settings by the names that they have in a scenario file.
  Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("name", name);
    settings.put("load", load.phases().stream().map(Phase::settings).toList());
    settings.put("arrivals", load.poisson() ? "poisson" : "even");
    settings.put("services", shortened(traffic.services()));
    settings.put("routes", shortened(traffic.routes()));
    settings.put("skew", traffic.skew());
    settings.put("latency", settings(traffic.latency()));
    settings.put("errors", traffic.errors());
    settings.put("client-errors", traffic.clientErrors());
    settings.put("without-duration", traffic.withoutDuration());
    settings.put("bytes", Map.of("min", traffic.minBytes(), "max", traffic.maxBytes()));
    settings.put("size", traffic.size());
    settings.put("key", ScenarioFile.text(traffic.key()));
    settings.put("incidents", traffic.incidents().stream().map(Scenario::settings).toList());
    settings.put("out-of-order", aged(faults.outOfOrder(), faults.outOfOrderBy()));
    settings.put("late", aged(faults.late(), faults.lateBy()));
    settings.put("duplicates", faults.duplicates());
    settings.put("malformed", faults.malformed());
    settings.put("oversized", faults.oversized());
    return settings;
  }

  /// Ten thousand names help nobody.
  private static Object shortened(List<String> names) {
    return names.size() <= 100 ? names : names.size();
  }

  private static Map<String, Object> settings(Traffic.Latency latency) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("median_min_us", latency.minMedian().toNanos() / 1_000);
    settings.put("median_max_us", latency.maxMedian().toNanos() / 1_000);
    settings.put("sigma", latency.sigma());
    settings.put("slow_share", latency.slowShare());
    settings.put("slow_factor", latency.slowFactor());
    return settings;
  }

  private static Map<String, Object> settings(Traffic.Incident incident) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("service", incident.service());
    settings.put("from", Quantity.text(incident.from()));
    settings.put("until", Quantity.text(incident.until()));
    settings.put("slower", incident.slower());
    settings.put("errors", incident.errors());
    return settings;
  }

  private static Map<String, Object> aged(double share, Duration by) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("share", share);
    settings.put("by", Quantity.text(by));
    return settings;
  }
}
