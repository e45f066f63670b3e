package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.telemetry.TelemetryServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

class RunTelemetryTest {
  private static RunSecond second(long second, long due, long sent, long lateUs) {
    return new RunSecond(
        second, due, sent, sent - 4, 1, 2, 1, 900, 5_000, lateUs, lateUs, 0.1, false);
  }

  @Test
  void countsAllSecondsAndShowsTheLatencyOfTheLast() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient();
        RunTelemetry telemetry = new RunTelemetry();
        TelemetryServer server = TelemetryServer.bind("127.0.0.1", 0, false)) {
      telemetry.serve(server);
      HttpRequest request = HttpRequest.newBuilder(URI.create(server.url())).build();
      String before = client.send(request, BodyHandlers.ofString()).body();
      assertTrue(before.contains("\nmillrace_loadgen_sent_events_total 0.0\n"), before);
      assertFalse(before.contains("millrace_loadgen_lateness"), before);
      telemetry.add(second(0, 100, 90, 40_000));
      telemetry.add(second(1, 100, 105, 2_000));
      String text = client.send(request, BodyHandlers.ofString()).body();
      assertEquals(200, value(text, "due_events_total"));
      assertEquals(195, value(text, "sent_events_total"));
      assertEquals(187, value(text, "acknowledged_events_total"));
      assertEquals(2, value(text, "rejected_events_total"));
      assertEquals(4, value(text, "failed_events_total"));
      assertEquals(2, value(text, "unknown_events_total"));
      assertEquals(0.002, value(text, "lateness_p99_seconds"));
      assertEquals(0.005, value(text, "ack_p99_seconds"));
    }
  }

  private static double value(String text, String name) {
    String start = "millrace_loadgen_" + name + " ";
    return text.lines()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
        .findAny()
        .orElseThrow();
  }
}
