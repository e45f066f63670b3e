package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/// Makes up plausible requests: few series get most of the traffic (Zipf), each route has its own
/// log-normal latency, some answers are errors. Not thread-safe.
public final class EventGenerator {
  private static final String[] SERVICES = {
    "checkout", "cart", "catalog", "search", "login", "profile", "payment", "shipping", "reviews",
    "stock", "pricing", "gateway", "mail", "media", "orders", "returns", "coupons", "wishlist",
    "support", "reports"
  };
  private static final String[] RESOURCES = {
    "/v1/items/{id}", "/v1/items", "/v1/search", "/v1/status", "/v1/items/{id}/history"
  };
  private static final String[] METHODS = {"GET", "GET", "GET", "POST", "PUT"};

  /// Spread of the log-normal latencies: the 99th percentile is about five times the median.
  private static final double LATENCY_SIGMA = 0.7;

  /// Zipf exponent of the series' popularity.
  private static final double SKEW = 1.0;

  private static final char[] BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

  private final List<Series> series;
  private final double[] medianUs;
  private final double[] cumulative;
  private final SplittableRandom random;
  private long sequence;

  /// @param config which series there are, and the seed; its rate and duration do not matter here
  public EventGenerator(LoadConfig config) {
    random = new SplittableRandom(config.seed());
    series = series(config.services(), config.routes());
    medianUs = new double[series.size()];
    cumulative = new double[series.size()];
    double sum = 0;
    for (int i = 0; i < cumulative.length; i++) {
      // 0.5 ms to 50 ms, evenly on a logarithmic scale.
      medianUs[i] = 500 * Math.pow(100, random.nextDouble());
      sum += 1 / Math.pow(i + 1, SKEW);
      cumulative[i] = sum;
    }
    for (int i = 0; i < cumulative.length; i++) {
      cumulative[i] /= sum;
    }
  }

  private static List<Series> series(int services, int routes) {
    List<Series> all = new ArrayList<>();
    for (int route = 0; route < routes; route++) {
      for (int service = 0; service < services; service++) {
        all.add(new Series(numbered(SERVICES, service, "-"), numbered(RESOURCES, route, "/")));
      }
    }
    return all;
  }

  private static String numbered(String[] names, int index, String separator) {
    String name = names[index % names.length];
    return index < names.length ? name : name + separator + (index / names.length + 1);
  }

  /// The next request.
  ///
  /// @param time its event time, epoch milliseconds
  public RequestEvent next(long time) {
    int pick = Arrays.binarySearch(cumulative, random.nextDouble());
    int index = Math.min(pick < 0 ? -pick - 1 : pick, cumulative.length - 1);
    Series picked = series.get(index);
    double durationUs = medianUs[index] * Math.exp(LATENCY_SIGMA * random.nextGaussian());
    return new RequestEvent(
        id(time),
        time,
        picked.service(),
        picked.route(),
        METHODS[random.nextInt(METHODS.length)],
        status(),
        OptionalLong.of((long) durationUs),
        200 + random.nextInt(4000));
  }

  private int status() {
    int percentile = random.nextInt(1000);
    if (percentile < 5) {
      return 500 + random.nextInt(4);
    }
    return percentile < 35 ? 404 : percentile < 45 ? 429 : 200;
  }

  /// A ULID: 48 bits of time, then 80 bits that differ; here the event's place in the run and
  /// random ones.
  private String id(long time) {
    char[] id = new char[26];
    digits(id, 0, 10, time);
    digits(id, 10, 8, sequence++);
    digits(id, 18, 8, random.nextLong());
    return new String(id);
  }

  private static void digits(char[] id, int from, int count, long value) {
    for (int i = count - 1; i >= 0; i--) {
      id[from + i] = BASE32[(int) (value >>> (5 * (count - 1 - i))) & 31];
    }
  }
}
