package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the page's server answers, byte for byte. What the page makes of it is tried in a browser.
@Timeout(120)
class PageServerIT {
  @TempDir static Path folder;

  private static EmbeddedBroker broker;
  private static WindowTopic seconds;
  private static SqliteWindowStore store;
  private static SinkRunner sink;
  private static PageDatabase database;
  private static PageServer page;
  private static URI url;

  @BeforeAll
  static void start() throws Exception {
    broker =
        EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), BrokerConfig.ANY_PORT));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(Topics.REQUESTS, 2, (short) 1),
                  new NewTopic(Topics.LATE, 1, (short) 1),
                  new NewTopic(Topics.DEAD_LETTERS, 1, (short) 1),
                  new NewTopic(Topics.WINDOWS_10S, 1, (short) 1),
                  new NewTopic(Topics.WINDOWS_1M, 1, (short) 1)))
          .all()
          .get();
    }
    seconds = new WindowTopic(broker.bootstrapServers(), Topics.WINDOWS_1S);
    seconds.create(1);
    Path file = folder.resolve("millrace.db");
    SinkConfig config = SinkConfig.of(broker.bootstrapServers());
    store = SqliteWindowStore.open(file);
    sink = new SinkRunner(config, store);
    sink.start();
    database = PageDatabase.sqlite(file);
    page =
        PageServer.start(
            new PageConfig(PageConfig.DEFAULT_HOST, 0, false, "millrace"),
            config,
            sink,
            database,
            () -> OptionalLong.of(77));
    url = URI.create(page.url());
    Await.until("the sink is ready", () -> sink.health().ready());
    seconds.send(Traffic.random(new Random(3), 400).rows());
    Await.until("the rows are written", () -> seconds.isReadBy(sink.positions()));
  }

  @AfterAll
  static void stop() {
    page.close();
    database.close();
    sink.close();
    store.close();
    seconds.close();
    broker.close();
  }

  /// Sends exactly this, and reads as much as is wanted.
  private static String exchange(String request, Predicate<String> isEnough) throws IOException {
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      StringBuilder answer = new StringBuilder();
      for (int next = in.read(); next >= 0; next = in.read()) {
        answer.append((char) next);
        if (next == '\n' && isEnough.test(answer.toString())) {
          break;
        }
      }
      return answer.toString();
    }
  }

  private static String get(String path) throws IOException {
    return exchange(
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", _ -> false);
  }

  private static String listen(String parameters, Predicate<String> isEnough) throws IOException {
    return exchange(
        "GET /api/stream" + parameters + " HTTP/1.1\r\nHost: localhost\r\n\r\n", isEnough);
  }

  private static void assertStatus(int status, String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/main.js", "/page.css", "/uplot/uPlot.js", "/api/course", "/nothing"})
  void everyAnswerHasThePolicy(String path) throws IOException {
    String head = get(path).split("\r\n\r\n", 2)[0].toLowerCase(Locale.ROOT);
    String policy = "content-security-policy: " + PageGuard.POLICY.toLowerCase(Locale.ROOT);
    assertTrue(head.contains(policy + "\r\n"), head);
    assertTrue(head.contains("x-content-type-options: nosniff"), head);
    assertTrue(head.contains("referrer-policy: no-referrer"), head);
  }

  @Test
  void thePolicyLetsNothingInline() {
    assertTrue(PageGuard.POLICY.startsWith("default-src 'none';"), PageGuard.POLICY);
    assertTrue(!PageGuard.POLICY.contains("unsafe"), PageGuard.POLICY);
  }

  @Test
  void everyFileOfThePageIsThere() throws IOException {
    for (String path : PageAssets.paths()) {
      assertStatus(200, get(path));
    }
    assertTrue(get("/main.js").contains("Content-type: text/javascript; charset=utf-8"));
    assertTrue(get("/").contains("<title>Millrace</title>"));
  }

  @Test
  void aFileThatHasNotChangedIsNotSentAgain() throws IOException {
    String tag = get("/main.js").replaceAll("(?s).*Etag: (\"[^\"]+\").*", "$1");
    String again =
        exchange(
            "GET /main.js HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: %s\r\nConnection: close\r\n\r\n"
                .formatted(tag),
            _ -> false);
    assertStatus(304, again);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../pom.xml",
        "/page/index.html",
        "/%2e%2e/",
        "/uplot/",
        "/api",
        "/api/course/",
        "/favicon"
      })
  void otherPathsAreNotThere(String path) throws IOException {
    assertStatus(404, get(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
  void nothingCanBeChanged(String method) throws IOException {
    String answer =
        exchange(
            method
                + " /api/course HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            _ -> false);
    assertStatus(405, answer);
    assertTrue(answer.contains("Allow: GET, HEAD"), answer);
  }

  @Test
  void headIsGetWithoutItsBody() throws IOException {
    String answer =
        exchange(
            "HEAD /page.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", _ -> false);
    assertStatus(200, answer);
    assertTrue(answer.endsWith("\r\n\r\n"), answer);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "localhost:8080, 200",
    "LOCALHOST, 200",
    "127.0.0.1:1, 200",
    "[::1]:8080, 200",
    "evil.example, 421",
    "localhost.evil.example, 421",
    "127.0.0.1.evil.example, 421",
    "1.2.3.evil, 421"
  })
  void onlyAnAddressOrLocalhostIsAnswered(String host, int status) throws IOException {
    String answer =
        exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n", _ -> false);
    assertStatus(status, answer);
  }

  @Test
  void anotherSiteMayLinkAndNotAsk() throws IOException {
    String request =
        "GET %s HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: %s\r\nConnection: close\r\n\r\n";
    assertStatus(403, exchange(request.formatted("/api/stream", "cors"), _ -> false));
    assertStatus(403, exchange(request.formatted("/api/stream", "navigate"), _ -> false));
    assertStatus(200, exchange(request.formatted("/", "navigate"), _ -> false));
  }

  @Test
  void wrongParametersAreRefusedWithASentence() throws IOException {
    String answer = get("/api/course?from=abc&to=5");
    assertStatus(400, answer);
    assertTrue(answer.contains("{\"error\":\"from=abc: must be milliseconds"), answer);
  }

  @Test
  void aCourseIsWhatIsInTheDatabase() throws IOException {
    String answer = get("/api/course?last=4000");
    assertStatus(200, answer);
    long requests =
        Traffic.random(new Random(3), 400).rows().stream()
            .filter(row -> row.series().equals(Series.TOTAL))
            .filter(row -> row.windowStart() == Traffic.START)
            .mapToLong(WindowSummary::requests)
            .sum();
    assertTrue(answer.contains("\"requests\":[" + requests + ","), answer);
    assertTrue(answer.contains("\"newest_end\":" + (Traffic.START + 4_000)), answer);
  }

  /// Names go out as JSON, whatever is in them; the page sets them as text.
  @Test
  void namesAreEscapedAsJson() throws IOException {
    Series evil = new Series("\"</script>\n\u2028", "<b>");
    seconds.send(List.of(CourseQueryTest.window(Traffic.START, 1_000, evil, 5)));
    Await.until("the row is written", () -> seconds.isReadBy(sink.positions()));
    String answer = get("/api/series");
    assertTrue(answer.contains("\"service\":\"\\\"</script>\\n"), answer);
    assertTrue(answer.contains("application/json"), answer);
  }

  @Test
  void theStreamTellsRowsAndStatus() throws Exception {
    Thread.ofVirtual()
        .start(() -> {
          Await.until("somebody listens", () -> page.isHeard());
          seconds.send(
              List.of(
                  CourseQueryTest.window(
                      Traffic.START + 3_000, 1_000, new Series("told", "/x"), 17)));
        });
    String told =
        listen(
            "?service=told&route=%2Fx",
            text ->
                text.contains("\"service\":\"told\"")
                    && text.contains("\"dead_lettered\":0,")
                    && text.endsWith("\n\n"));
    assertTrue(told.contains("Content-type: text/event-stream"), told);
    assertTrue(told.contains("retry: 1000\n\n"), told);
    assertTrue(told.contains("event: rows\ndata: {\"rows\":[{\"size_ms\":1000,"), told);
    assertTrue(told.contains("\"heat\":[[" + (Traffic.START + 3_000) + ",16,1]]"), told);
    assertTrue(told.contains("event: status\ndata: {\"now\":"), told);
    assertTrue(told.contains("\"problem\":\"\""), told);
    assertTrue(told.contains("\"sent\":77,\"ingested\":0,"), told);
    assertTrue(told.contains("\"whole_topic\":true"), told);
    assertTrue(told.contains("{\"topic\":\"requests\",\"partition\":1,\"records\":null}"), told);
    assertTrue(told.contains("{\"topic\":\"windows.1s\",\"partition\":0,\"records\":"), told);
    Await.until("it is noticed that nobody listens any more", () -> !page.isHeard());
  }

  @Test
  void healthIsTheSinks() throws IOException {
    assertStatus(200, get("/health/ready"));
    assertStatus(200, get("/health/live"));
  }

  @Test
  void aPortThatIsTakenIsAnErrorThatSaysWhatToDo() {
    PageConfig taken = new PageConfig(PageConfig.DEFAULT_HOST, url.getPort(), false, "millrace");
    SinkConfig config = SinkConfig.of(broker.bootstrapServers());
    SinkException failure =
        assertThrows(
            SinkException.class,
            () -> PageServer.start(taken, config, sink, database, OptionalLong::empty).close());
    assertTrue(failure.getMessage().contains("--no-page"), failure.getMessage());
  }

  @Test
  void metricsAreOfWhatWasWritten() throws IOException {
    String text = get("/metrics");
    assertStatus(200, text);
    assertTrue(text.contains("Content-type: text/plain; version=0.0.4"), text);
    assertTrue(
        text.contains("\nmillrace_sink_written_rows_total %d".formatted(sink.metrics().written())),
        text);
    Series known = new Series("service-0", "/route/0");
    long requests =
        Traffic.random(new Random(3), 400).rows().stream()
            .filter(row -> row.series().equals(known))
            .mapToLong(WindowSummary::requests)
            .sum();
    assertTrue(
        text.contains(
            "\nmillrace_requests_total{route=\"/route/0\",service=\"service-0\"} %d.0\n"
                .formatted(requests)),
        text);
    assertTrue(text.contains("\nmillrace_sink_ready 1.0\n"), text);
    assertTrue(text.contains("\nmillrace_sink_store_available 1.0\n"), text);
    assertTrue(
        text.contains("\nmillrace_sink_lag_records{partition=\"0\",topic=\"windows.1s\"} 0.0\n"),
        text);
    assertFalse(text.contains("topic=\"windows_1s\""), text);
    assertTrue(text.contains("\njvm_memory_used_bytes{area=\"heap\""), text);
    assertTrue(text.contains("\nkafka_consumer_last_poll_seconds_ago{"), text);
    String protobuf =
        exchange(
            """
            GET /metrics HTTP/1.1\r
            Host: localhost\r
            Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r
            Connection: close\r
            \r
            """,
            _ -> false);
    assertStatus(200, protobuf);
    assertTrue(protobuf.contains("Content-type: application/vnd.google.protobuf;"), protobuf);
    assertTrue(protobuf.contains("millrace_sink_written_rows"), protobuf);
  }

  @Test
  void anotherHandlerCanBeAddedUnderItsPath() throws IOException {
    page.handle("/more", sent -> PageAnswer.send(sent, 200, "text/plain", new byte[] {'x'}));
    String answer = get("/more");
    assertTrue(answer.endsWith("\r\n\r\nx"), answer);
    assertTrue(answer.contains("nosniff"), answer);
  }
}
