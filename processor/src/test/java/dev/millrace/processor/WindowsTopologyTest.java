package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowsTopologyTest {
  private static final long START = 1_700_000_000_000L;

  private final RequestEventCodec codec =
      new RequestEventCodec(
          Clock.fixed(Instant.ofEpochMilli(START + 4_000_000), ZoneOffset.UTC),
          Duration.ofMinutes(5));
  private final WindowsTopology topology = new WindowsTopology(codec, Duration.ofMinutes(1));

  @TempDir private Path state;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> requests;
  private TestOutputTopic<String, WindowSummary> windows;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  @BeforeEach
  void start() {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    settings.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    driver = new TopologyTestDriver(topology.get(), settings);
    requests =
        driver.createInputTopic(
            Topics.REQUESTS, new ByteArraySerializer(), new ByteArraySerializer());
    windows =
        driver.createOutputTopic(
            Topics.WINDOWS_1S, new StringDeserializer(), ProcessorSerdes.summary().deserializer());
    deadLetters =
        driver.createOutputTopic(
            Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  @Test
  void hasOneSubTopologyForEachStepOfAggregation() {
    assertEquals(4, topology.get().describe().subtopologies().size());
  }

  /// The oracle is a recount of the same events by hand, for the series and for both rollups.
  @Test
  void rowsEqualARecountWhateverTheOrder() {
    SplittableRandom random = new SplittableRandom(11);
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      RequestEvent event =
          new RequestEvent(
              "",
              START + random.nextInt(20_000),
              "service-" + random.nextInt(3),
              "/route|" + random.nextInt(3),
              "GET",
              200 + random.nextInt(400),
              random.nextInt(4) == 0
                  ? OptionalLong.empty()
                  : OptionalLong.of((long) Math.exp(8 + random.nextGaussian())),
              random.nextInt(5_000));
      events.add(event);
      requests.pipeInput(codec.encode(event));
    }
    Map<String, WindowSummary> rows = newestRows();
    Map<String, List<RequestEvent>> expected = new HashMap<>();
    for (RequestEvent event : events) {
      long second = event.time() / 1000 * 1000;
      Stream.of(event.series(), event.series().ofService(), Series.TOTAL)
          .forEach(series ->
              expected
                  .computeIfAbsent(second + " " + series.key(), key -> new ArrayList<>())
                  .add(event));
    }
    assertEquals(expected.keySet(), rows.keySet());
    expected.forEach((key, counted) -> assertEqual(counted, rows.get(key)));
  }

  private static void assertEqual(List<RequestEvent> events, WindowSummary row) {
    assertEquals(events.size(), row.requests());
    assertEquals(events.stream().filter(RequestEvent::isError).count(), row.errors());
    assertEquals(events.stream().filter(RequestEvent::isClientError).count(), row.clientErrors());
    assertEquals(events.stream().mapToLong(RequestEvent::bytes).sum(), row.bytes());
    LatencySketch sketch = new LatencySketch();
    long[] durations =
        events.stream().flatMapToLong(event -> event.durationUs().stream()).toArray();
    long sum = 0;
    long max = 0;
    for (long duration : durations) {
      sketch.add(duration);
      sum += duration;
      max = Math.max(max, duration);
    }
    assertEquals(durations.length == 0 ? null : sketch.stats(sum, max), row.durationUs());
  }

  @Test
  void eventsOlderThanTheGraceAreLeftOutAndOthersAreNot() {
    send(START + 120_000);
    send(START + 60_000);
    send(START + 1_000);
    Map<String, WindowSummary> rows = newestRows();
    assertTrue(rows.containsKey(START + 60_000 + " a|/"));
    assertFalse(rows.containsKey(START + 1_000 + " a|/"));
    assertEquals(1L, driver.getKeyValueStore(LatenessGuard.STORE).get(LatenessGuard.LATE));
  }

  @Test
  void whatIsNoEventGetsToTheDeadLetterQueueWithItsReason() {
    requests.pipeInput("nonsense".getBytes(StandardCharsets.UTF_8));
    requests.pipeInput(new TestRecord<>(null, null, Instant.ofEpochMilli(5)));
    send(START);
    List<TestRecord<byte[], byte[]>> letters = deadLetters.readRecordsToList();
    assertEquals("nonsense", new String(letters.get(0).value(), StandardCharsets.UTF_8));
    assertTrue(reason(letters.get(0)).startsWith("not JSON"), reason(letters.get(0)));
    assertEquals("record has no value", reason(letters.get(1)));
    assertEquals(2, letters.size());
    assertEquals(3, newestRows().size());
  }

  private static String reason(TestRecord<byte[], byte[]> letter) {
    return new String(
        letter.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "message").value(),
        StandardCharsets.UTF_8);
  }

  @Test
  void rollupsForgetWhatIsOlderThanTwiceTheGraceAndAnHour() {
    for (int second = 0; second < 4_000; second++) {
      send(START + second * 1000L);
    }
    for (String store : List.of(WindowsTopology.SERVICES, WindowsTopology.TOTALS)) {
      long kept = driver.getTimestampedKeyValueStore(store).approximateNumEntries();
      assertTrue(kept >= 3_720 && kept <= 3_722, store + " keeps " + kept);
    }
  }

  private void send(long time) {
    requests.pipeInput(
        codec.encode(new RequestEvent("", time, "a", "/", "", 200, OptionalLong.of(7), 1)));
  }

  private Map<String, WindowSummary> newestRows() {
    Map<String, WindowSummary> newest = new HashMap<>();
    windows
        .readKeyValuesToList()
        .forEach(row -> newest.put(row.value.windowStart() + " " + row.key, row.value));
    return newest;
  }
}
