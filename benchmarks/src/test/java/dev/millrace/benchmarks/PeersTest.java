package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The topologies that Millrace is compared with do its work: the same rows, from the same events.
class PeersTest {
  private static final String INPUT = "in";
  private static final String OUTPUT = "out";
  private static final long START = 1_700_000_000_000L;

  @TempDir private Path state;

  private static List<RequestEvent> events() {
    SplittableRandom random = new SplittableRandom(5);
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      events.add(
          new RequestEvent(
              "id",
              START + random.nextLong(5_000),
              "s" + random.nextInt(3),
              "/r" + random.nextInt(3),
              "GET",
              new int[] {200, 200, 404, 500}[random.nextInt(4)],
              random.nextInt(20) == 0
                  ? OptionalLong.empty()
                  : OptionalLong.of(random.nextLong(random.nextBoolean() ? 100 : 10_000_000)),
              random.nextLong(1_000)));
    }
    return events;
  }

  /// The last row of each window, as JSON.
  private Map<String, String> rows(Topology topology, String name) throws IOException {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    RequestEventCodec codec = new RequestEventCodec();
    Map<String, String> rows = new TreeMap<>();
    try (TopologyTestDriver driver = new TopologyTestDriver(topology, settings)) {
      TestInputTopic<byte[], byte[]> input =
          driver.createInputTopic(INPUT, new ByteArraySerializer(), new ByteArraySerializer());
      events().forEach(event -> input.pipeInput(null, codec.encode(event), event.time()));
      for (KeyValue<String, byte[]> row :
          driver
              .createOutputTopic(OUTPUT, new StringDeserializer(), new ByteArrayDeserializer())
              .readKeyValuesToList()) {
        WindowSummary summary = JsonRecords.WINDOWS.decode(row.value);
        assertEquals(row.key, summary.series().key());
        rows.put(
            row.key + "@" + summary.windowStart(),
            new String(JsonRecords.WINDOWS.encode(summary), StandardCharsets.UTF_8));
      }
    }
    return rows;
  }

  @Test
  void bothMakeTheSameRowsAndCountEveryEvent() throws IOException {
    Map<String, String> textbook = rows(new TextbookTopology(INPUT, OUTPUT).get(), "textbook");
    Map<String, String> tuned = rows(new TunedTopology(INPUT, OUTPUT).get(), "tuned");
    assertEquals(9 * 5, tuned.size());
    assertEquals(textbook, tuned);
    long requests = 0;
    for (String row : tuned.values()) {
      requests += JsonRecords.WINDOWS.decode(row.getBytes(StandardCharsets.UTF_8)).requests();
    }
    assertEquals(3_000, requests);
  }

  @Test
  void bucketsAreThoseOfTheSketch() {
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 200_000; i++) {
      long durationUs = i < 100_000 ? i + 1 : random.nextLong(1, 1L << (1 + random.nextInt(40)));
      LatencySketch sketch = new LatencySketch();
      sketch.add(durationUs);
      assertEquals(
          sketch.histogram().offset(), LatencyBuckets.index(durationUs), durationUs + " µs");
    }
  }

  /// Counts grow out of one and of two bytes, and the range of buckets to both sides.
  @Test
  void aggregateHoldsManyEvents() {
    TunedAggregate aggregate = new TunedAggregate();
    LatencySketch sketch = new LatencySketch();
    for (int i = 0; i < 200_000; i++) {
      long durationUs = i < 150_000 ? 1_000 : i % 100 * (i % 100);
      aggregate =
          new TunedAggregate(aggregate.add(new TunedMeasurement(200, durationUs, 1)).bytes());
      sketch.add(durationUs);
    }
    WindowSummary row = aggregate.summary(START, new Series("s", "r"));
    assertEquals(200_000, row.requests());
    assertEquals(sketch.zeroCount(), row.histogram().zeroCount());
    assertEquals(sketch.histogram().offset(), row.histogram().offset());
    assertEquals(
        Arrays.toString(sketch.histogram().bucketCounts()),
        Arrays.toString(row.histogram().bucketCounts()));
  }

  @Test
  void measurementsAreReadAsTheyWereWritten() {
    for (TunedMeasurement measurement :
        List.of(
            new TunedMeasurement(200, -1, 0),
            new TunedMeasurement(503, 0, 1),
            new TunedMeasurement(999, 1L << 40, 1L << 40))) {
      assertEquals(measurement, TunedMeasurement.decode(measurement.encode()));
    }
  }
}
