package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LateEvents;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One partition, and a commit after each record: the driver knows no others.
class WindowsTopologyTest {
  private static final long START = 1_700_000_040_000L;
  private static final int ON_HEAP = 10_000;

  private final RequestEventCodec codec =
      new RequestEventCodec(
          Clock.fixed(Instant.ofEpochMilli(START + 4_000_000), ZoneOffset.UTC),
          Duration.ofMinutes(5));
  private final ProcessorCounters counters = new ProcessorCounters();

  private boolean exactlyOnce = true;
  @TempDir private Path state;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> requests;

  @AfterEach
  void stop() {
    if (driver != null) {
      driver.close();
    }
  }

  private static WindowingConfig windowing(Duration allowedLateness, int maxSeries) {
    return new WindowingConfig(
        Set.of(WindowSize.values()),
        Duration.ofSeconds(1),
        allowedLateness,
        Duration.ofSeconds(2),
        Duration.ofSeconds(10),
        maxSeries,
        Duration.ofMinutes(5));
  }

  private WindowsTopology topology(WindowingConfig windowing, int maxOnHeap) {
    return new WindowsTopology(
        windowing,
        1,
        codec,
        counters,
        maxOnHeap,
        maxOnHeap < ON_HEAP ? 5 : MergeProcessor.MOST_A_COMMIT,
        exactlyOnce);
  }

  private void start() {
    start(windowing(Duration.ofSeconds(10), 1_000), ON_HEAP);
  }

  private void start(WindowingConfig windowing, int maxOnHeap) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    driver =
        new TopologyTestDriver(
            topology(windowing, maxOnHeap).get(), settings, Instant.ofEpochMilli(START));
    requests =
        driver.createInputTopic(
            Topics.REQUESTS, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Test
  void hasTwoSubTopologiesAndOneRepartitionTopic() {
    String text = topology(WindowingConfig.DEFAULT, ON_HEAP).get().describe().toString();
    assertEquals(2, text.split("Sub-topology:", -1).length - 1, text);
    assertTrue(text.contains("partials-v1-repartition"), text);
  }

  /// The oracle is a recount of the same events by hand, for each size, series and rollup.
  @Test
  void rowsEqualARecountWhateverTheOrder() {
    start(windowing(WindowingConfig.UNLIMITED, 1_000), ON_HEAP);
    List<RequestEvent> events = randomEvents();
    events.forEach(event -> requests.pipeInput(codec.encode(event)));
    goIdle();
    assertEqualsRecount(events);
    assertEquals(events.size(), counters.consumed.sum());
    assertEquals(events.size(), counters.aggregated.sum());
    assertEquals(0, counters.late.sum());
    TaskStates.Merge merge = counters.tasks.merge().iterator().next();
    assertTrue(merge.inMemory() > 0, merge.toString());
    assertEquals(0, merge.onDisk());
    assertEquals(0, merge.unheard());
  }

  /// Windows wait on disk between uses, are forgotten from there, and go into the longer ones.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsAreTheSameIfNotAllWindowsFitIntoMemory(boolean guarantee) {
    exactlyOnce = guarantee;
    start(windowing(Duration.ofSeconds(30), 1_000), 60);
    List<RequestEvent> events = randomEvents();
    events.sort((a, b) -> Long.compare(a.time(), b.time()));
    events.forEach(event -> requests.pipeInput(codec.encode(event)));
    // A commit publishes a few windows, and the next one follows at once.
    for (int i = 0; i < 50; i++) {
      goIdle();
    }
    assertTrue(counters.spilled.sum() > 0);
    TaskStates.Merge merge = counters.tasks.merge().iterator().next();
    assertTrue(merge.inMemory() <= 60, merge.toString());
    assertTrue(merge.onDisk() > 0, merge.toString());
    assertEquals(0, counters.late.sum());
    assertEqualsRecount(events);
  }

  private static List<RequestEvent> randomEvents() {
    SplittableRandom random = new SplittableRandom(11);
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < 1_200; i++) {
      events.add(
          new RequestEvent(
              "",
              START + random.nextInt(150_000),
              "service-" + random.nextInt(3),
              "/route|é" + random.nextInt(3),
              "GET",
              200 + random.nextInt(400),
              random.nextInt(4) == 0
                  ? OptionalLong.empty()
                  : OptionalLong.of((long) Math.exp(8 + random.nextGaussian())),
              random.nextInt(5_000)));
    }
    return events;
  }

  private void assertEqualsRecount(List<RequestEvent> events) {
    for (WindowSize size : WindowSize.values()) {
      Map<String, WindowSummary> rows = newestRows(size);
      Map<String, List<RequestEvent>> expected = new HashMap<>();
      for (RequestEvent event : events) {
        Stream.of(event.series(), event.series().ofService(), Series.TOTAL)
            .forEach(series ->
                expected
                    .computeIfAbsent(
                        size.start(event.time()) + " " + series.key(), key -> new ArrayList<>())
                    .add(event));
      }
      assertEquals(expected.keySet(), rows.keySet());
      expected.forEach((key, counted) -> assertEqual(counted, rows.get(key)));
    }
  }

  private static void assertEqual(List<RequestEvent> events, WindowSummary row) {
    assertEquals(events.size(), row.requests());
    assertEquals(events.size() * 1000.0 / row.windowSizeMs(), row.ratePerS());
    assertEquals(events.stream().filter(RequestEvent::isError).count(), row.errors());
    assertEquals(events.stream().filter(RequestEvent::isClientError).count(), row.clientErrors());
    assertEquals(events.stream().mapToLong(RequestEvent::bytes).sum(), row.bytes());
    LatencySketch sketch = new LatencySketch();
    long[] durations =
        events.stream().flatMapToLong(event -> event.durationUs().stream()).toArray();
    for (long duration : durations) {
      sketch.add(duration);
    }
    if (durations.length == 0) {
      assertNull(row.durationUs());
    } else {
      assertEquals(
          sketch.stats(Arrays.stream(durations).sum(), Arrays.stream(durations).max().getAsLong()),
          row.durationUs());
    }
  }

  @Test
  void aWindowIsPublishedOnceTheWatermarkHasPassedItsEnd() {
    start();
    assertEquals(1, counters.tasks.merge().iterator().next().unheard(), "nobody has reported yet");
    send(START);
    assertEquals(0, counters.tasks.merge().iterator().next().unheard());
    send(START + 1_999);
    assertTrue(rows(WindowSize.SECOND).isEmpty());
    send(START + 2_000);
    List<WindowSummary> rows = rows(WindowSize.SECOND);
    assertEquals(3, rows.size());
    for (WindowSummary row : rows) {
      assertEquals(START, row.windowStart());
      assertEquals(1, row.requests());
      assertEquals(0, row.revision());
      assertTrue(row.isFinal());
    }
    assertTrue(rows(WindowSize.TEN_SECONDS).isEmpty());
    send(START + 11_000);
    assertEquals(3, totalOf(rows(WindowSize.TEN_SECONDS), START));
    send(START + 61_000);
    assertEquals(4, totalOf(rows(WindowSize.MINUTE), START));
  }

  private static long totalOf(List<WindowSummary> rows, long start) {
    return rows.stream()
        .filter(row -> row.series().equals(Series.TOTAL) && row.windowStart() == start)
        .findFirst()
        .orElseThrow()
        .requests();
  }

  @Test
  void windowsCloseWhenTheInputStops() {
    start();
    send(START);
    goIdle();
    for (WindowSize size : WindowSize.values()) {
      assertEquals(3, rows(size).size(), size.label());
    }
  }

  @Test
  void windowsCloseWhileNothingButNonsenseComes() {
    start();
    send(START);
    for (int i = 0; i < 12; i++) {
      requests.pipeInput("nonsense".getBytes(StandardCharsets.UTF_8));
      driver.advanceWallClockTime(Duration.ofMillis(250));
    }
    assertEquals(3, rows(WindowSize.SECOND).size());
  }

  @Test
  void lateEventsWithinTheAllowanceMakeRevisionsOfAllRowsAboveThem() {
    start();
    send(START + 500);
    send(START + 11_000);
    rows(WindowSize.SECOND);
    rows(WindowSize.TEN_SECONDS);
    send(START + 700);
    for (WindowSize size : List.of(WindowSize.SECOND, WindowSize.TEN_SECONDS)) {
      List<WindowSummary> revised = rows(size);
      assertEquals(3, revised.size());
      for (WindowSummary row : revised) {
        assertEquals(2, row.requests());
        assertEquals(1, row.late());
        assertEquals(1, row.revision());
      }
    }
    goIdle();
    WindowSummary minute = newestRows(WindowSize.MINUTE).get(START + " *|*");
    assertEquals(3, minute.requests());
    assertEquals(0, minute.late(), "it was in time for its minute");
    assertEquals(1, counters.correcting.get(WindowSize.SECOND).sum());
    assertEquals(1, counters.correcting.get(WindowSize.TEN_SECONDS).sum());
    assertEquals(0, counters.correcting.get(WindowSize.MINUTE).sum());
    // Of two seconds and one again, two times ten seconds and one again, and a minute; each of a
    // route, its service and everything.
    assertEquals(9, counters.published.get(WindowSize.SECOND).sum());
    assertEquals(9, counters.published.get(WindowSize.TEN_SECONDS).sum());
    assertEquals(3, counters.published.get(WindowSize.MINUTE).sum());
    TaskStates.Combine combine = counters.tasks.combine().get(0);
    assertEquals(START + 10_000, combine.watermark());
    assertEquals(1, combine.series());
    assertTrue(combine.idle());
    driver.close();
    assertTrue(counters.tasks.combine().isEmpty(), "what is not here is not told");
    assertTrue(counters.tasks.merge().isEmpty());
    driver = null;
  }

  @Test
  void eventsBeyondTheAllowanceAreCountedAsLateAndInNoRow() {
    start();
    send(START + 30_000);
    send(START + 19_000);
    send(START + 18_999);
    send(START + 18_000);
    goIdle();
    Map<String, Long> late = new TreeMap<>();
    for (LateEvents count : late()) {
      assertEquals(1_000, count.windowSizeMs());
      late.merge(
          count.windowStart() - START + " " + count.series().key(), count.requests(), Long::sum);
    }
    assertEquals(Map.of("18000 a|/", 2L, "18000 a|*", 2L, "18000 *|*", 2L), late);
    assertEquals(2, counters.late.sum());
    assertEquals(2, counters.aggregated.sum());
    assertTrue(newestRows(WindowSize.SECOND).containsKey(START + 19_000 + " *|*"));
    assertEquals(2, newestRows(WindowSize.MINUTE).get(START + " *|*").requests());
  }

  /// Idle can mean that events are on their way.
  @Test
  void aPartitionThatComesBackFromIdleCorrectsRowsAlreadyPublished() {
    start();
    send(START + 500);
    goIdle();
    send(START + 600);
    send(START + 400);
    goIdle();
    WindowSummary row = newestRows(WindowSize.SECOND).get(START + " a|/");
    assertEquals(3, row.requests());
    assertEquals(0, row.late(), "its own partition was never further");
    assertTrue(row.revision() > 0);
  }

  @Test
  void whatIsNoEventGetsToTheDeadLetterQueueWithItsReasonAndBytes() {
    start();
    RecordHeaders headers = new RecordHeaders();
    headers.add("trace", new byte[] {1});
    requests.pipeInput(
        new TestRecord<>(new byte[] {7}, "nonsense".getBytes(StandardCharsets.UTF_8), headers, 5L));
    requests.pipeInput(new TestRecord<>(null, null, Instant.ofEpochMilli(5)));
    send(START);
    goIdle();
    TestOutputTopic<byte[], byte[]> queue =
        driver.createOutputTopic(
            Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TestRecord<byte[], byte[]>> letters = queue.readRecordsToList();
    assertEquals(2, letters.size());
    assertEquals("nonsense", new String(letters.get(0).value(), StandardCharsets.UTF_8));
    assertEquals(7, letters.get(0).key()[0]);
    assertEquals(1, letters.get(0).headers().lastHeader("trace").value()[0]);
    assertTrue(reason(letters.get(0)).startsWith("not JSON"), reason(letters.get(0)));
    assertNull(letters.get(1).value());
    assertEquals("record has no value", reason(letters.get(1)));
    assertEquals(3, newestRows(WindowSize.SECOND).size());
    assertEquals(3, counters.consumed.sum());
    assertEquals(2, counters.deadLettered.sum());
    assertEquals(1, counters.aggregated.sum());
  }

  @Test
  void anEventDoesNotSayWhyItIsALetter() {
    start();
    RecordHeaders headers = new RecordHeaders();
    headers.add(Topics.DEAD_LETTER_HEADERS + "truncated", new byte[0]);
    headers.add(Topics.DEAD_LETTER_HEADERS + "topic", new byte[0]);
    headers.add("own", new byte[] {1});
    requests.pipeInput(new TestRecord<>(null, new byte[] {'x'}, headers));
    TestRecord<byte[], byte[]> letter =
        driver
            .createOutputTopic(
                Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer())
            .readRecord();
    assertNull(letter.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "truncated"));
    List<String> topics = new ArrayList<>();
    letter
        .headers()
        .headers(Topics.DEAD_LETTER_HEADERS + "topic")
        .forEach(header -> topics.add(new String(header.value(), StandardCharsets.UTF_8)));
    assertEquals(List.of(Topics.REQUESTS), topics);
    assertArrayEquals(new byte[] {1}, letter.headers().lastHeader("own").value());
  }

  @Test
  void aLetterTooLargeForTheQueueIsCutShort() {
    start();
    requests.pipeInput(new byte[DeadLetterHandler.MAX_BYTES + 1]);
    List<TestRecord<byte[], byte[]>> letters =
        driver
            .createOutputTopic(
                Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer())
            .readRecordsToList();
    assertEquals(DeadLetterHandler.MAX_BYTES / 4, letters.getFirst().value().length);
    assertEquals(
        "value of 3145729 bytes, key of 0",
        new String(
            letters
                .getFirst()
                .headers()
                .lastHeader(Topics.DEAD_LETTER_HEADERS + "truncated")
                .value(),
            StandardCharsets.UTF_8));
  }

  private static String reason(TestRecord<byte[], byte[]> letter) {
    return new String(
        letter.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "message").value(),
        StandardCharsets.UTF_8);
  }

  @Test
  void seriesAboveTheLimitAreCountedAsOther() {
    start(windowing(Duration.ofSeconds(10), 3), ON_HEAP);
    for (String series : List.of("a|/1", "a|/2", "b|/1", "b|/2", "c|/1", "a|/1", "d|/1")) {
      Series names = Series.parse(series);
      requests.pipeInput(
          codec.encode(
              new RequestEvent(
                  "", START, names.service(), names.route(), "", 200, OptionalLong.of(7), 1)));
    }
    goIdle();
    Map<String, Long> counted = new TreeMap<>();
    newestRows(WindowSize.SECOND)
        .values()
        .forEach(row -> counted.put(row.series().key(), row.requests()));
    assertEquals(
        new TreeMap<>(
            Map.of(
                "*|*",
                7L,
                "a|*",
                3L,
                "a|/1",
                2L,
                "a|/2",
                1L,
                "b|*",
                2L,
                "b|/1",
                1L,
                "b|(other)",
                1L,
                "(other)|*",
                2L,
                "(other)|(other)",
                2L)),
        counted);
    assertEquals(3, counters.folded.sum());
  }

  private void send(long time) {
    requests.pipeInput(
        codec.encode(new RequestEvent("", time, "a", "/", "", 200, OptionalLong.of(7), 1)));
  }

  private void goIdle() {
    for (int i = 0; i < 12; i++) {
      driver.advanceWallClockTime(Duration.ofMillis(250));
    }
  }

  private List<WindowSummary> rows(WindowSize size) {
    return read(size.topic(), JsonRecords.WINDOWS);
  }

  private List<LateEvents> late() {
    return read(Topics.LATE, JsonRecords.LATE);
  }

  private <T> List<T> read(String topic, JsonRecords<T> codecOfRows) {
    return driver
        .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readValuesToList()
        .stream()
        .map(json -> {
          try {
            return codecOfRows.decode(json);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        })
        .toList();
  }

  private Map<String, WindowSummary> newestRows(WindowSize size) {
    Map<String, WindowSummary> newest = new HashMap<>();
    rows(size)
        .forEach(row -> {
          WindowSummary before = newest.put(row.windowStart() + " " + row.series().key(), row);
          assertTrue(before == null || before.revision() < row.revision());
        });
    return newest;
  }
}
