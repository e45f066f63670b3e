package dev.millrace.benchmarks;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import dev.millrace.loadgen.EventGenerator;
import dev.millrace.loadgen.Scenario;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Window rows as the processor makes them of the load generator's events: seconds of traffic of
/// many series, each with its rollups and histograms. After some seconds the same rows come again,
/// of later windows.
///
/// A list whose rows are made as they are asked for.
final class BenchWindows extends AbstractList<WindowSummary> {
  private static final int SERVICES = 20;
  private static final int ROUTES = 50;
  private static final int EVENTS_PER_S = 100_000;
  private static final int SECONDS = 20;

  private final List<WindowSummary> rows = new ArrayList<>();
  private final int size;

  /// @param size how many rows
  BenchWindows(int size) {
    this.size = size;
    RequestEventCodec codec = new RequestEventCodec();
    // An event of the future would be refused.
    long begun = System.currentTimeMillis() / 1_000 * 1_000 - Duration.ofHours(1).toMillis();
    EventGenerator generator =
        new EventGenerator(Scenario.steady().withSeries(SERVICES, ROUTES), begun);
    long event = 0;
    for (int second = 0; second < SECONDS && rows.size() < size; second++) {
      Map<Series, Sums> sums = new HashMap<>();
      for (int i = 0; i < EVENTS_PER_S; i++, event++) {
        RequestEvent request = codec.decode(generator.next(event, event));
        Series series = request.series();
        for (Series level : List.of(series, series.ofService(), Series.TOTAL)) {
          sums.computeIfAbsent(level, _ -> new Sums()).add(request);
        }
      }
      long startMs = begun + second * 1_000L;
      sums.forEach((series, sum) -> rows.add(sum.row(startMs, series)));
    }
  }

  private static final class Sums {
    private final LatencySketch sketch = new LatencySketch();
    private long requests;
    private long errors;
    private long clientErrors;
    private long bytes;
    private double sumUs;
    private long maxUs;

    void add(RequestEvent event) {
      requests++;
      errors += event.isError() ? 1 : 0;
      clientErrors += event.isClientError() ? 1 : 0;
      bytes += event.bytes();
      event
          .durationUs()
          .ifPresent(us -> {
            sketch.add(us);
            sumUs += us;
            maxUs = Math.max(maxUs, us);
          });
    }

    WindowSummary row(long startMs, Series series) {
      return new WindowSummary(
          startMs,
          1_000,
          series.service(),
          series.route(),
          requests,
          errors,
          clientErrors,
          bytes,
          requests,
          sketch.count() == 0 ? null : sketch.stats(sumUs, maxUs),
          sketch.count() == 0 ? null : sketch.histogram(),
          0,
          0,
          true);
    }
  }

  @Override
  public WindowSummary get(int index) {
    WindowSummary row = rows.get(index % rows.size());
    long later = (long) (index / rows.size()) * SECONDS * 1_000;
    return new WindowSummary(
        row.windowStart() + later,
        row.windowSizeMs(),
        row.service(),
        row.route(),
        row.requests(),
        row.errors(),
        row.clientErrors(),
        row.bytes(),
        row.ratePerS(),
        row.durationUs(),
        row.histogram(),
        row.late(),
        row.revision(),
        row.isFinal());
  }

  @Override
  public int size() {
    return size;
  }
}
