package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What each service, started as its users start it, exposes, against docs/metrics.md.
class MetricsIT {
  /// What the sink tells of the windows themselves has no module in its name.
  private static final Set<String> OF_WINDOWS =
      Set.of(
          "millrace_requests_total",
          "millrace_request_errors_total",
          "millrace_request_client_errors_total",
          "millrace_response_bytes_total",
          "millrace_request_duration_seconds",
          "millrace_newest_window_end_timestamp_seconds");

  private static final Map<String, List<String>> FROM_THE_FIRST_WINDOW =
      Map.of(
          "processor", List.of("millrace_processor_published_rows_total{window=\"1s\"}"),
          "sink", List.of("millrace_sink_window_delay_seconds_count"));

  @TempDir private Path folder;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void everyMetricIsOnThePageAndEveryOneOnThePageIsThere() throws Exception {
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String server = "--bootstrap-server=" + broker.awaitKafka();
      // On a busy machine a new broker answers late, which the services would take for none.
      Await.until(
          () -> Cli.run("topics", "list", server).code() == 0, () -> "the broker does not answer");
      try (Cli.Running ingest = Cli.start("ingest", server, "--port", "0");
          Cli.Running processor =
              Cli.start("processor", server, "--state", path("state"), "--port", "0");
          Cli.Running sink =
              Cli.start("sink", server, "--database", path("w.db"), "--no-page", "--port", "0")) {
        String edge = address(ingest, "ingest listens on ");
        try (Cli.Running load =
            Cli.start(
                "loadgen",
                server,
                "--target",
                edge,
                "--rate",
                "500",
                "--duration",
                "10m",
                "--metrics-port",
                "0",
                "--run",
                path("run"))) {
          Map<String, String> services =
              Map.of(
                  "ingest", edge,
                  "processor", address(processor, "metrics and health: "),
                  "sink", address(sink, "metrics and health: "),
                  "loadgen", address(load, "metrics and health: "));
          assertIsAsThePageSays(services);
          String taken = URI.create(services.get("sink")).getPort() + "";
          Cli.Result refused =
              Cli.run("processor", server, "--state", path("other"), "--port", taken);
          assertEquals(1, refused.code(), refused.all());
          assertTrue(refused.err().contains(":" + taken + ": "), refused.all());
        }
      }
    }
  }

  private void assertIsAsThePageSays(Map<String, String> services) throws Exception {
    MetricsPage page = MetricsPage.read();
    Map<String, String> texts = new HashMap<>();
    for (Map.Entry<String, String> service : services.entrySet()) {
      String name = service.getKey();
      String at = service.getValue();
      // Before the figures: the edge's say what its newest probe has found.
      Await.until(
          () -> get(at + "/health/ready").statusCode() == 200,
          () -> name + ": " + get(at + "/health/ready").body());
      // Until all is under way: some have no value before.
      Await.until(
          () -> {
            texts.put(name, get(at + "/metrics").body());
            return missing(page, name, texts.get(name)).isEmpty();
          },
          () -> name + " does not expose " + missing(page, name, texts.get(name)));
      // A metric is there before the first window has come through.
      for (String sample : FROM_THE_FIRST_WINDOW.getOrDefault(name, List.of())) {
        Await.until(
            () -> {
              texts.put(name, get(at + "/metrics").body());
              return value(texts, name, sample) > 0;
            },
            () -> name + ": " + sample + " stays 0");
      }
      String text = texts.get(name);
      assertEquals(page.of(name), families(text, "TYPE", of -> of.startsWith("millrace_")), name);
      assertEquals(families(text, "TYPE", _ -> true), families(text, "HELP", _ -> true), name);
      assertNamesKeepToTheRule(name, text);
      assertNothingIsTwice(name, text);
      assertEquals("ok\n", get(at + "/health/ready").body(), name);
      assertEquals("ok\n", get(at + "/health/live").body(), name);
      assertEquals(404, get(at + "/health").statusCode(), name);
    }
    assertFiguresAdUp(texts);
  }

  private static void assertFiguresAdUp(Map<String, String> texts) {
    assertEquals(1, value(texts, "ingest", "millrace_ingest_ready"));
    assertEquals(1, value(texts, "processor", "millrace_processor_ready"));
    assertEquals(1, value(texts, "sink", "millrace_sink_ready"));
    assertEquals(1, value(texts, "sink", "millrace_sink_store_available"));
    assertEquals(2, value(texts, "processor", "millrace_processor_threads{state=\"running\"}"));
    assertTrue(value(texts, "processor", "millrace_processor_consumed_events_total") > 0);
    double watermark =
        value(
            texts, "processor", "millrace_processor_watermark_timestamp_seconds{partition=\"0\"}");
    double now = System.currentTimeMillis() / 1e3;
    assertTrue(watermark > now - 600 && watermark < now, watermark + " at " + now);
    assertTrue(
        value(texts, "loadgen", "millrace_loadgen_sent_events_total")
            >= value(texts, "loadgen", "millrace_loadgen_acknowledged_events_total"));
  }

  private static double value(Map<String, String> texts, String service, String sample) {
    return texts
        .get(service)
        .lines()
        .filter(line -> line.startsWith(sample + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(service + " has no " + sample));
  }

  private static Set<String> missing(MetricsPage page, String service, String text) {
    Set<String> missing = new TreeSet<>(page.of(service));
    missing.addAll(page.kafka(service));
    missing.addAll(page.jvm());
    missing.removeAll(families(text, "TYPE", _ -> true));
    return missing;
  }

  /// Names after `# TYPE`, or those that `# HELP` has a sentence for.
  private static Set<String> families(String text, String kind, Predicate<String> wanted) {
    return text.lines()
        .filter(line -> line.startsWith("# " + kind + " "))
        .map(line -> line.split(" ", 4))
        .filter(words -> words.length == 4 && !words[3].isBlank())
        .map(words -> words[2])
        .filter(wanted)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void assertNamesKeepToTheRule(String service, String text) {
    for (String line : text.lines().toList()) {
      if (line.startsWith("# TYPE millrace_")) {
        String[] words = line.split(" ", -1);
        String name = words[2];
        assertTrue(name.matches("[a-z][a-z0-9_]*"), name);
        assertTrue(
            name.startsWith("millrace_" + service + "_")
                || (service.equals("sink") && OF_WINDOWS.contains(name)),
            name + " of " + service);
        assertEquals(words[3].equals("counter"), name.endsWith("_total"), name);
      }
    }
  }

  private static void assertNothingIsTwice(String service, String text) {
    List<String> samples =
        text.lines().map(line -> line.substring(0, line.lastIndexOf(' '))).toList();
    Set<String> seen = new TreeSet<>();
    samples.stream()
        .filter(sample -> !sample.startsWith("# HELP"))
        .forEach(sample -> assertTrue(seen.add(sample), service + " has twice: " + sample));
  }

  private HttpResponse<String> get(String url) {
    try {
      return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(url, e);
    }
  }

  private static String address(Cli.Running service, String before) throws IOException {
    String line = service.awaitLine(said -> said.startsWith(before));
    return line.substring(before.length()).replaceFirst("(/metrics|;.*)$", "");
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
