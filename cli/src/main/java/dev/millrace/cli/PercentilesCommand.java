package dev.millrace.cli;

import dev.millrace.events.WindowSize;
import dev.millrace.sink.SpanQueries;
import dev.millrace.sink.SpanSelection;
import dev.millrace.sink.SpanTotals;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// Percentiles over any span and any set of series.
@Command(
    name = "percentiles",
    description = "Percentiles over any span and series, within 1 %% of the exact ones.",
    footer = {
      "",
      "The stored histograms are merged: percentiles of minutes are not averaged. Mean, maximum",
      "and counts are exact. A time is now, -15m, 2026-11-21T10:00:00Z, 2026-11-21 (UTC), or seconds",
      "or milliseconds since 1970; what is no whole second is rounded outwards.",
      "",
      "Examples:",
      "  millrace percentiles --service checkout",
      "  millrace percentiles --from -1h --by route",
      "  millrace percentiles --from 2026-11-21T10:00:00Z --to 2026-11-21T10:07:30Z --by minute",
      "  millrace percentiles --service checkout --service cart --quantile 0.5,0.99,0.9999 --json"
    })
final class PercentilesCommand implements Callable<Integer> {
  @Option(
      names = "--from",
      paramLabel = "TIME",
      defaultValue = "-15m",
      description = "Start of the span, inclusive. Default: ${DEFAULT-VALUE}")
  private String from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      defaultValue = "now",
      description = "End of the span, exclusive. Default: ${DEFAULT-VALUE}")
  private String to;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description = "Only this service; may be given again. Default: all")
  private List<String> services = new ArrayList<>();

  @Option(
      names = "--route",
      paramLabel = "NAME",
      description = "Only this route; may be given again. Default: all")
  private List<String> routes = new ArrayList<>();

  @Option(
      names = "--quantile",
      paramLabel = "Q[,…]",
      split = ",",
      defaultValue = "0.5,0.9,0.95,0.99,0.999",
      converter = QuantileConverter.class,
      description = "Which percentiles: 0.99 or p99. Default: ${DEFAULT-VALUE}")
  private List<BigDecimal> quantiles;

  @Option(
      names = "--by",
      paramLabel = "service|route|minute",
      defaultValue = "all",
      converter = ByConverter.class,
      description = "A line for each of these. Default: one for all together")
  private SpanSelection.By by;

  @Mixin private DatabaseOptions database;

  @Option(names = "--json", description = "Lines of JSON instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  /// `0.99`, `p99`, `p99.9`.
  static final class QuantileConverter implements ITypeConverter<BigDecimal> {
    @Override
    public BigDecimal convert(String text) {
      String number = text.strip();
      try {
        BigDecimal quantile =
            number.startsWith("p")
                ? new BigDecimal(number.substring(1)).movePointLeft(2)
                : new BigDecimal(number);
        if (quantile.signum() >= 0 && quantile.compareTo(BigDecimal.ONE) <= 0) {
          return quantile;
        }
      } catch (NumberFormatException _) {
        // Refused below.
      }
      throw new TypeConversionException(
          "'" + text + "' is not a quantile; write 0 to 1, or p0 to p100: 0.99, p99, p99.9");
    }
  }

  /// The names of [SpanSelection.By], as users write them.
  static final class ByConverter implements ITypeConverter<SpanSelection.By> {
    @Override
    public SpanSelection.By convert(String text) {
      for (SpanSelection.By by : SpanSelection.By.values()) {
        if (by.name().equalsIgnoreCase(text)) {
          return by;
        }
      }
      throw new TypeConversionException("'" + text + "' is not one of service, route, minute");
    }
  }

  @Override
  public Integer call() throws IOException {
    SpanSelection selection = selection(Instant.now());
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (SpanQueries windows = database.spans()) {
      List<SpanTotals> totals = windows.totals(selection);
      if (totals.isEmpty()) {
        throw new UserException(nothing(windows, selection));
      }
      SpanReport report = new SpanReport(selection, quantiles);
      (json ? report.json(totals) : report.table(totals)).forEach(out::println);
      long missing = windows.missing(selection);
      if (missing > 0) {
        err.println(
            "millrace: up to %s requests are missing: the span cuts through a minute whose shorter windows are not all in the database"
                .formatted(Units.count(missing)));
      }
    }
    return 0;
  }

  private SpanSelection selection(Instant now) {
    Instant start = PointInTime.parse("--from", from, now);
    Instant end = PointInTime.parse("--to", to, now);
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException(
          "--from %s is %s, --to %s is %s: --from must be before --to"
              .formatted(from, start, to, end));
    }
    long second = WindowSize.SECOND.ms();
    return new SpanSelection(
        Math.floorDiv(start.toEpochMilli(), second) * second,
        Math.ceilDiv(end.toEpochMilli(), second) * second,
        services,
        routes,
        by);
  }

  private String nothing(SpanQueries windows, SpanSelection selection) {
    List<String> unknown = windows.unknownServices(services);
    if (!unknown.isEmpty()) {
      return "%s has no service '%s'"
          .formatted(database.given(), TerminalText.visible(unknown.getFirst()));
    }
    return windows
        .extent()
        .map(extent ->
            "no windows of these series from %s to %s; %s has windows from %s to %s"
                .formatted(
                    Instant.ofEpochMilli(selection.fromMs()),
                    Instant.ofEpochMilli(selection.toMs()),
                    database.given(),
                    Instant.ofEpochMilli(extent.fromMs()),
                    Instant.ofEpochMilli(extent.toMs())))
        .orElse(database.given() + " has no windows yet");
  }
}
