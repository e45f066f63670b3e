package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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

/// What a merge task makes of its changelog after a kill. At least once, the changelog may be ahead
/// of the rows: the tests take the rows of before the kill for lost.
class KilledMergeTest {
  private static final long START = 1_700_000_040_000L;
  private static final int IDLE_RETENTION_S = 9;

  /// Of which the last lets windows be forgotten: the retention and a third.
  private static final int IDLE_REPORTS = 12;

  private final RequestEventCodec codec =
      new RequestEventCodec(
          Clock.fixed(Instant.ofEpochMilli(START + 4_000_000), ZoneOffset.UTC),
          Duration.ofMinutes(5));

  @TempDir private Path state;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> requests;
  private TestInputTopic<byte[], byte[]> partials;

  @AfterEach
  void stop() {
    driver.close();
  }

  @Test
  void rowsThatMayBeLostAreSentAgainAtLeastOnce() {
    start(false);
    send(START);
    send(START + 2_000);
    assertEquals(1, totals(WindowSize.SECOND, START).size());
    restart(false, changelog(), entry -> true);
    send(START + 2_100);
    WindowSummary again = totals(WindowSize.SECOND, START).getFirst();
    assertEquals(1, again.requests());
    assertEquals(1, again.revision());
  }

  @Test
  void rowsAreSentOnceExactlyOnce() {
    start(true);
    send(START);
    send(START + 2_000);
    assertEquals(1, totals(WindowSize.SECOND, START).size());
    restart(true, changelog(), entry -> true);
    send(START + 2_100);
    assertEquals(List.of(), totals(WindowSize.SECOND, START));
    send(START + 3_000 + 1_000);
    assertEquals(1, totals(WindowSize.SECOND, START + 2_000).size());
  }

  /// A backlog can close windows and let them be forgotten at once.
  @Test
  void rowsOfTheLastCommitAreNotForgottenWithItAtLeastOnce() {
    start(false);
    send(START);
    send(START + 30_000);
    assertEquals(1, totals(WindowSize.SECOND, START).size());
    restart(false, changelog(), entry -> true);
    send(START + 30_100);
    assertEquals(1, totals(WindowSize.SECOND, START).getFirst().requests());
    assertEquals(1, totals(WindowSize.TEN_SECONDS, START).getFirst().requests());
  }

  @Test
  void rowsOfTheLastCommitAreForgottenWithItExactlyOnce() {
    start(true);
    send(START);
    send(START + 30_000);
    assertTrue(changelog().stream().anyMatch(KilledMergeTest::isDeletion));
  }

  /// The longer windows have what the forgotten ones held; that must not be added once more.
  @Test
  void windowsWhoseForgettingWasInterruptedAreCountedOnce() {
    start(false);
    send(START);
    send(START + 5_000);
    send(START + 15_000);
    send(START + 15_100);
    List<TestRecord<byte[], byte[]>> changelog = changelog();
    assertTrue(changelog.stream().anyMatch(KilledMergeTest::isDeletion));
    totals(WindowSize.TEN_SECONDS, START);
    restart(false, changelog, entry -> !isDeletion(entry));
    send(START + 15_200);
    assertEquals(2, totals(WindowSize.TEN_SECONDS, START).getLast().requests());
    send(START + 80_000);
    send(START + 80_100);
    assertEquals(5, totals(WindowSize.MINUTE, START).getLast().requests());
  }

  /// Else windows pile up where restarts are more frequent than the retention is long.
  @Test
  void thePatienceWithAPartitionThatNeverHadAnEventOutlastsARestart() {
    start(true, ofTwo(), 2);
    for (int i = 0; i < IDLE_REPORTS - 1; i++) {
      reportNothing(1);
      send(i == 0 ? START : START + 30_000 + i);
    }
    List<TestRecord<byte[], byte[]>> changelog = changelog();
    assertTrue(changelog.stream().noneMatch(KilledMergeTest::isDeletion));
    driver.close();
    start(true, ofTwo(), 2);
    restore(changelog);
    reportNothing(1);
    assertTrue(
        changelog().stream().anyMatch(KilledMergeTest::isDeletion), "windows are not forgotten");
  }

  /// What has no offsets of `requests` must leave no state, see [ApplicationState]. The first event
  /// anywhere brings both, and what was said before is not lost.
  @Test
  void partitionsAreWrittenOnceAnyHasHadAnEvent() {
    start(true, ofTwo(), 2);
    reportNothing(1);
    reportNothing(0);
    reportNothing(1);
    assertEquals(List.of(), changelog());
    send(START);
    assertEquals(
        Set.of(0, 1),
        changelog().stream()
            .map(entry -> ByteBuffer.wrap(entry.key()))
            .filter(key -> key.get() == 'p')
            .map(ByteBuffer::getInt)
            .collect(Collectors.toSet()));
  }

  private static WindowingConfig ofTwo() {
    return new WindowingConfig(
        WindowingConfig.DEFAULT.sizes(),
        WindowingConfig.DEFAULT_OUT_OF_ORDERNESS,
        WindowingConfig.DEFAULT_ALLOWED_LATENESS,
        WindowingConfig.DEFAULT_IDLE_TIMEOUT,
        Duration.ofSeconds(IDLE_RETENTION_S),
        WindowingConfig.DEFAULT_MAX_SERIES,
        Duration.ofMinutes(5));
  }

  /// As a combine task does whose partition has had no event, once a second.
  private void reportNothing(int partition) {
    byte[] report = Partials.write(new SourceWatermark(partition, 2, SourceWatermark.NONE, true));
    partials.pipeInput(Partials.NO_KEY, report);
  }

  private static boolean isDeletion(TestRecord<byte[], byte[]> entry) {
    return entry.value() == null;
  }

  private void start(boolean exactlyOnce) {
    start(exactlyOnce, WindowingConfig.DEFAULT, 1);
  }

  /// @param partitions that `requests` has; the driver runs the tasks of the first only
  private void start(boolean exactlyOnce, WindowingConfig windowing, int partitions) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    WindowsTopology topology =
        new WindowsTopology(
            windowing,
            partitions,
            codec,
            new ProcessorCounters(),
            10_000,
            MergeProcessor.MOST_A_COMMIT,
            exactlyOnce);
    driver = new TopologyTestDriver(topology.get(), settings, Instant.ofEpochMilli(START));
    requests =
        driver.createInputTopic(
            Topics.REQUESTS, new ByteArraySerializer(), new ByteArraySerializer());
    partials =
        driver.createInputTopic(
            "test-" + WindowsTopology.PARTIALS + "-repartition",
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /// Starts anew with the entries of the changelog that a kill has left.
  private void restart(
      boolean exactlyOnce,
      List<TestRecord<byte[], byte[]>> changelog,
      Predicate<TestRecord<byte[], byte[]>> left) {
    driver.close();
    start(exactlyOnce);
    restore(changelog.stream().filter(left).toList());
  }

  private void restore(List<TestRecord<byte[], byte[]>> changelog) {
    MergedWindows windows = (MergedWindows) driver.getStateStore(MergedWindows.NAME);
    changelog.forEach(entry -> windows.restore(entry.key(), entry.value()));
  }

  private void send(long time) {
    requests.pipeInput(
        codec.encode(new RequestEvent("", time, "a", "/", "", 200, OptionalLong.of(7), 1)));
  }

  private List<TestRecord<byte[], byte[]>> changelog() {
    return read("test-" + MergedWindows.NAME + "-changelog");
  }

  /// What has come since this was last asked: the rows of a window's total, in order.
  private List<WindowSummary> totals(WindowSize size, long start) {
    return read(size.topic()).stream()
        .map(row -> {
          try {
            return JsonRecords.WINDOWS.decode(row.value());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        })
        .filter(row -> row.series().equals(Series.TOTAL) && row.windowStart() == start)
        .toList();
  }

  private List<TestRecord<byte[], byte[]>> read(String topic) {
    TestOutputTopic<byte[], byte[]> records =
        driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    return records.readRecordsToList();
  }
}
