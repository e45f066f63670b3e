package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.events.WindowSize;
import dev.millrace.loadgen.Quantity;
import dev.millrace.sink.SpanSelection;
import dev.millrace.sink.SpanTotals;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// What was put together from the windows of a span, told.
///
/// @param quantiles 0 to 1, in the order of their columns
record SpanReport(SpanSelection selection, List<BigDecimal> quantiles) {
  private static final JsonFactory JSON = new JsonFactory();

  /// For people: which windows it is from, then a line for each answer.
  List<String> table(List<SpanTotals> totals) {
    boolean minutes = selection.by() == SpanSelection.By.MINUTE;
    List<String> names = new ArrayList<>(minutes ? List.of("minute") : List.of());
    names.addAll(List.of("service", "route"));
    int firstNumber = names.size();
    names.addAll(List.of("requests", "errors", "timed", "mean"));
    quantiles.forEach(quantile -> names.add("p" + percent(quantile)));
    names.add("max");
    List<List<Object>> rows = new ArrayList<>();
    for (SpanTotals total : totals) {
      List<Object> row = new ArrayList<>();
      if (minutes) {
        row.add(Instant.ofEpochMilli(total.key().minuteMs().orElseThrow()).toString());
      }
      row.add(total.key().service());
      row.add(total.key().route());
      row.add(Units.count(total.requests()));
      row.add(Units.count(total.errors()));
      row.add(Units.count(total.durations()));
      row.add(micros(total.meanUs()));
      quantiles.forEach(quantile -> row.add(micros(total.quantileUs(quantile.doubleValue()))));
      row.add(micros(total.maxUs()));
      rows.add(row);
    }
    TextTable table = new TextTable(names, rows).rightFrom(firstNumber);
    List<String> lines = new ArrayList<>();
    lines.add(span(totals));
    lines.add(table.header());
    rows.forEach(row -> lines.add(table.line(row)));
    return lines;
  }

  private String span(List<SpanTotals> totals) {
    return "%s to %s, from windows: %s"
        .formatted(
            Instant.ofEpochMilli(selection.fromMs()),
            Instant.ofEpochMilli(selection.toMs()),
            Arrays.stream(WindowSize.values())
                .map(size -> Units.count(windows(totals, size)) + " of " + size.label())
                .collect(Collectors.joining(", ")));
  }

  private static long windows(List<SpanTotals> totals, WindowSize size) {
    return totals.stream().mapToLong(total -> windows(total, size)).sum();
  }

  private static long windows(SpanTotals total, WindowSize size) {
    return total.windows().getOrDefault(size, 0L);
  }

  private static String micros(double us) {
    return Double.isNaN(us) ? "-" : Quantity.micros(us);
  }

  /// `99`, `99.9`.
  private static String percent(BigDecimal quantile) {
    return quantile.movePointRight(2).stripTrailingZeros().toPlainString();
  }

  /// For machines: a line for each answer.
  List<String> json(List<SpanTotals> totals) throws IOException {
    List<String> lines = new ArrayList<>();
    for (SpanTotals total : totals) {
      StringWriter line = new StringWriter();
      try (JsonGenerator json = JSON.createGenerator(line)) {
        write(total, json);
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private void write(SpanTotals total, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("from", selection.fromMs());
    json.writeNumberField("to", selection.toMs());
    if (total.key().minuteMs().isPresent()) {
      json.writeNumberField("minute", total.key().minuteMs().getAsLong());
    }
    json.writeStringField("service", total.key().service());
    json.writeStringField("route", total.key().route());
    json.writeNumberField("requests", total.requests());
    json.writeNumberField("errors", total.errors());
    json.writeNumberField("client_errors", total.clientErrors());
    json.writeNumberField("bytes", total.bytes());
    json.writeObjectFieldStart("duration_us");
    json.writeNumberField("count", total.durations());
    writeUs("mean", total.meanUs(), json);
    writeUs("max", total.maxUs(), json);
    json.writeObjectFieldStart("quantiles");
    for (BigDecimal quantile : quantiles) {
      writeUs(
          quantile.stripTrailingZeros().toPlainString(),
          total.quantileUs(quantile.doubleValue()),
          json);
    }
    json.writeEndObject();
    json.writeEndObject();
    json.writeObjectFieldStart("windows");
    for (WindowSize size : WindowSize.values()) {
      json.writeNumberField(size.label(), windows(total, size));
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeUs(String name, double us, JsonGenerator json) throws IOException {
    if (Double.isNaN(us)) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, us);
    }
  }
}
