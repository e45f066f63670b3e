package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One input has one answer: who works on it, how fast, and what breaks on the way must not show in
/// the last row of any window, nor in the late events. Each test is one way to work; all are held
/// against a count by hand, and against the rows of the plainest way byte for byte.
class SameAnswerIT {
  private static final Map<String, String> PLAIN = Map.of();

  @TempDir private static Path folder;

  private static EmbeddedBroker broker;
  private static String kafka;
  private static Traffic traffic;
  private static Map<String, String> plainest;
  private static int runs;

  private final List<ProcessorRunner> processors = new ArrayList<>();
  private int partitions;
  private Results results;
  private KafkaProducer<byte[], byte[]> producer;
  private boolean exactlyOnce = true;
  private Duration idleTimeout = Duration.ofMillis(400);
  private Duration commitInterval = Duration.ofMillis(50);
  private Duration idleRetention = WindowingConfig.DEFAULT_IDLE_RETENTION;

  @BeforeAll
  static void startBroker() {
    broker =
        EmbeddedBroker.start(
            new BrokerConfig(
                folder.resolve("broker"),
                BrokerConfig.ANY_PORT,
                BrokerConfig.DEFAULT_HOST,
                Map.of("group.min.session.timeout.ms", "1000")));
    kafka = broker.bootstrapServers();
    // At a full minute, so that the input is the same in each run.
    traffic = new Traffic(System.currentTimeMillis() / 60_000 * 60_000 - 600_000, 4, 12);
    SameAnswerIT plain = new SameAnswerIT();
    try {
      plain.topics(1);
      plain.send(i -> true);
      plain.processor(1, PLAIN);
      plainest = plain.answer();
    } finally {
      plain.stop();
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @AfterEach
  void stop() {
    processors.forEach(ProcessorRunner::close);
    if (producer != null) {
      producer.close();
      results.close();
    }
  }

  @Test
  void withFourPartitionsAndTwoThreads() {
    topics(4);
    send(i -> true);
    processor(2, PLAIN);
    assertSame();
  }

  @Test
  void atLeastOnceIfNothingBreaksAndAsTheTextbookCounts() {
    exactlyOnce = false;
    topics(4);
    send(i -> true);
    processor(4, PLAIN);
    assertSame();
    Map<String, Long> counts = new TreeMap<>(results.late());
    results
        .rows(WindowSize.SECOND)
        .forEach((name, row) -> counts.merge(name, row.requests(), Long::sum));
    counts.keySet().removeIf(name -> name.endsWith(Series.SEPARATOR + Series.ALL));
    assertEquals(traffic.routeSeconds(), counts);
    try (TextbookCount textbook = new TextbookCount(kafka, folder.resolve("textbook"))) {
      long all = traffic.size() - (long) traffic.poison();
      Await.until(
          () -> textbook.counts().values().stream().mapToLong(Long::longValue).sum() == all,
          () -> textbook.counts().size() + " windows");
      assertEquals(counts, new TreeMap<>(textbook.counts()));
    }
  }

  @Test
  void withThreeInstancesThatShareABacklog() {
    topics(4);
    send(i -> true);
    for (int i = 0; i < 3; i++) {
      processor(1, PLAIN);
    }
    assertSame();
  }

  @Test
  void withTwelvePartitionsAndFourThreads() {
    topics(12);
    send(i -> true);
    processor(4, PLAIN);
    assertSame();
  }

  @Test
  void withTwoInstancesWhileEventsComeAtTheirPace() {
    topics(12);
    processor(2, PLAIN);
    processor(1, PLAIN);
    sendPaced();
    assertSame();
  }

  @Test
  void withOnePartitionAndAnInstanceToSpare() {
    topics(1);
    processor(1, PLAIN);
    processor(1, PLAIN);
    sendPaced();
    assertSame();
  }

  /// The second instance takes up what the first one has committed; nobody else has it.
  @Test
  void ifInstancesComeAndGo() {
    topics(4);
    ProcessorRunner first = processor(2, PLAIN);
    send(i -> third(i) == 0);
    awaitConsumed(first);
    ProcessorRunner second = processor(1, PLAIN);
    Await.until(second::isRunning, () -> "the second instance does not run");
    send(i -> third(i) == 1);
    first.close();
    send(i -> third(i) == 2);
    processor(2, PLAIN);
    assertSame();
  }

  /// Standbys become active with what they have restored so far.
  @Test
  void ifStandbysTakeOver() {
    Map<String, String> standbys = Map.of("num.standby.replicas", "1");
    topics(4);
    ProcessorRunner first = processor(1, standbys);
    processor(1, standbys);
    send(i -> third(i) == 0);
    awaitConsumed(first);
    awaitAggregated(1);
    processor(1, standbys);
    send(i -> third(i) == 1);
    first.close();
    send(i -> third(i) == 2);
    assertSame();
  }

  /// Idle can mean that events are on their way. They are as old as all others, which are published
  /// by then, and the one who published them is gone.
  @Test
  void ifAPartitionsEventsComeLongAfterAllOthers() {
    topics(4);
    ProcessorRunner first = processor(2, PLAIN);
    send(i -> i % 4 != 1);
    long others = IntStream.range(0, traffic.size()).filter(i -> i % 4 != 1).count();
    Await.until(() -> results.accountFor(others), results::summary);
    first.close();
    processor(2, PLAIN);
    send(i -> i % 4 == 1);
    assertSame();
  }

  /// After a quiet night all partitions are taken for idle; the one that is read first must not
  /// close the windows to the others.
  @Test
  void ifABacklogComesAfterAllPartitionsWereIdleForLong() {
    idleTimeout = Duration.ofSeconds(1);
    idleRetention = Duration.ofSeconds(1);
    topics(4);
    ProcessorRunner night = processor(2, PLAIN);
    send(i -> third(i) == 0);
    long evening = IntStream.range(0, traffic.size()).filter(i -> third(i) == 0).count();
    Await.until(() -> results.accountFor(evening), results::summary);
    night.close();
    send(i -> third(i) > 0);
    // So that there are commits while not all partitions have been read from.
    commitInterval = Duration.ofMillis(10);
    processor(1, Map.of("max.poll.records", "100"));
    assertSame();
  }

  @Test
  void ifCommitsFailBeforeOrAfterTheyAreDone() {
    int faults = 4;
    FaultyClients.plan(4, faults);
    topics(4);
    Map<String, String> faulty =
        Map.of("default.client.supplier", FaultyClients.class.getName(), "max.poll.records", "500");
    processor(1, faulty);
    processor(1, faulty);
    sendPaced();
    assertSame();
    assertEquals(faults, FaultyClients.faults());
  }

  /// A dead thread's work goes to others when its session has run out.
  @Test
  void ifStreamThreadsDieAmidATransaction() {
    int deaths = 2;
    MortalHandler.plan(deaths);
    topics(4);
    send(i -> true);
    ProcessorRunner processor =
        processor(
            2,
            Map.of(
                "processing.exception.handler",
                MortalHandler.class.getName(),
                "consumer.session.timeout.ms",
                "1000",
                "consumer.heartbeat.interval.ms",
                "300"));
    assertSame();
    assertEquals(deaths, processor.metrics().threadsReplaced());
  }

  private void topics(int number) {
    partitions = number;
    String server = "--bootstrap-server=" + kafka;
    if (runs > 0) {
      Cli.runWell("topics", "delete", server, "--yes");
    }
    runs++;
    Cli.runWell("topics", "create", server, "--partitions", Integer.toString(number));
    results = new Results(kafka);
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka, "linger.ms", "5", "batch.size", "131072"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  private ProcessorRunner processor(int threads, Map<String, String> settings) {
    ProcessorRunner processor =
        new ProcessorRunner(
            new ProcessorConfig(
                kafka,
                "run-" + runs,
                threads,
                new WindowingConfig(
                    EnumSet.allOf(WindowSize.class),
                    Duration.ofMillis(Traffic.OUT_OF_ORDERNESS_MS),
                    Duration.ofMillis(Traffic.ALLOWED_LATENESS_MS),
                    idleTimeout,
                    idleRetention,
                    WindowingConfig.DEFAULT_MAX_SERIES,
                    WindowingConfig.DEFAULT.maxFutureSkew()),
                commitInterval,
                ProcessorConfig.defaultWindowsInMemory(),
                exactlyOnce,
                folder.resolve("run-" + runs + "-" + processors.size()),
                settings));
    processors.add(processor);
    processor.start();
    return processor;
  }

  private void send(IntPredicate which) {
    for (int i = 0; i < traffic.size(); i++) {
      if (which.test(i)) {
        send(i);
      }
    }
    producer.flush();
  }

  /// Thirty times as fast as the events say.
  private void sendPaced() {
    int slice = traffic.size() / 100;
    for (int i = 0; i < traffic.size(); i++) {
      send(i);
      if (i % slice == slice - 1) {
        producer.flush();
        LockSupport.parkNanos(20_000_000);
      }
    }
    producer.flush();
  }

  private void send(int i) {
    Traffic.Item item = traffic.get(i);
    // What does not get there is missed at the end.
    var _ =
        producer.send(
            new ProducerRecord<>(
                Topics.REQUESTS, i % partitions, item.timestamp(), null, item.bytes()));
  }

  private static int third(int i) {
    return (int) (3L * i / traffic.size());
  }

  private static void awaitConsumed(ProcessorRunner processor) {
    Await.until(
        () -> processor.metrics().consumed() > 0, () -> processor.metrics() + ": has no work");
  }

  private void awaitAggregated(long events) {
    Await.until(
        () -> {
          results.poll();
          return results.aggregated() >= events;
        },
        results::summary);
  }

  private Map<String, String> answer() {
    Await.until(
        () -> results.accountFor(traffic.size()),
        () -> results.summary() + " of " + traffic.size() + "; " + metrics());
    processors.forEach(ProcessorRunner::close);
    results.drain();
    return results.answer();
  }

  private String metrics() {
    return processors.stream().map(processor -> processor.metrics().toString()).toList().toString();
  }

  private void assertSame() {
    Map<String, String> answer = answer();
    traffic.assertCountedBy(results);
    assertEquals(List.of(), results.badRevisions());
    assertEquals(plainest.keySet(), answer.keySet());
    answer.forEach((name, row) -> assertEquals(plainest.get(name), row, name));
    assertTrue(Arrays.stream(WindowSize.values()).allMatch(size -> !results.rows(size).isEmpty()));
  }
}
