package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorMetrics;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever stands on `requests`: each record is in a row, counted as late, or a dead letter with
/// its reason, and no thread dies of it.
class PoisonIT {
  private static final int PARTITIONS = 3;
  private static final int GOOD = 3_000;
  private static final int TOO_LATE = 30;

  /// @param reason a part of what its header must say
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  private record Poison(String name, byte[] value, String reason) {}

  @TempDir private Path folder;

  private final RequestEventCodec codec = new RequestEventCodec();
  private final long start = System.currentTimeMillis() - 600_000;
  private EmbeddedBroker broker;
  private KafkaProducer<byte[], byte[]> producer;
  private long sent;

  @BeforeEach
  void startBroker() {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", "5"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @AfterEach
  void stopBroker() {
    producer.close();
    broker.close();
  }

  @Test
  void everyRecordIsAccountedForExactlyOnce() {
    assertAccountedFor(true);
  }

  @Test
  void everyRecordIsAccountedForAtLeastOnce() {
    assertAccountedFor(false);
  }

  /// Nonsense says nothing about how far its partition has got: it must not hold back the windows
  /// that a partition without it would have closed.
  @Test
  void windowsCloseWhileNothingButNonsenseComes() {
    createTopics(1);
    send(0, null, event(start), start);
    try (Results results = new Results(broker.bootstrapServers());
        ProcessorRunner _ = start(true)) {
      byte[] nonsense = bytes("nonsense");
      Await.until(
          () -> {
            var _ = producer.send(new ProducerRecord<>(Topics.REQUESTS, nonsense));
            results.poll();
            return results.aggregated() == 1;
          },
          results::summary);
    }
  }

  private void createTopics(int partitions) {
    Cli.runWell(
        "topics",
        "create",
        "--bootstrap-server=" + broker.bootstrapServers(),
        "--partitions",
        Integer.toString(partitions));
  }

  private ProcessorRunner start(boolean exactlyOnce) {
    ProcessorRunner processor =
        new ProcessorRunner(
            new ProcessorConfig(
                broker.bootstrapServers(),
                "poison",
                2,
                new WindowingConfig(
                    EnumSet.allOf(WindowSize.class),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(10),
                    Duration.ofMillis(400),
                    WindowingConfig.DEFAULT_IDLE_RETENTION,
                    WindowingConfig.DEFAULT_MAX_SERIES,
                    Duration.ofMinutes(5)),
                Duration.ofMillis(50),
                ProcessorConfig.defaultWindowsInMemory(),
                exactlyOnce,
                folder.resolve("state"),
                Map.of()));
    processor.start();
    return processor;
  }

  private void assertAccountedFor(boolean exactlyOnce) {
    createTopics(PARTITIONS);
    List<Poison> poison = poison();
    sendAll(poison);
    // The odd ones among the good: keyed, with a record timestamp of 0, unplain JSON.
    long last = start + 60_000;
    send(0, bytes("key"), event(last), 0);
    send(1, null, bytes(" " + text(last) + "\n"), 1);
    send(
        2,
        null,
        bytes(text(last).replace("{", "{\"a\":[{\"time\":1}],").replace("svc", "s\\u0076c")),
        start);
    int odd = 3;
    try (Results results = new Results(broker.bootstrapServers())) {
      ProcessorRunner processor = start(exactlyOnce);
      try {
        Await.until(
            () -> results.accountFor(sent),
            () -> results.summary() + " of " + sent + "; " + processor.metrics());
      } finally {
        processor.close();
      }
      results.drain();
      assertEquals(GOOD + odd, results.aggregated());
      assertEquals(TOO_LATE, results.lateInAll());
      assertEquals(
          1,
          results.rows(WindowSize.MINUTE).values().stream()
              .map(row -> row.service())
              .filter(service -> !service.equals("*"))
              .distinct()
              .count());
      ProcessorMetrics metrics = processor.metrics();
      assertEquals(
          new ProcessorMetrics(
              sent, GOOD + odd, TOO_LATE, PARTITIONS * (long) poison.size(), 0, 0, 0),
          metrics);
      assertLetters(poison, results.deadLetters());
    }
  }

  /// Good ones, between them the bad, after them those that come too late, in each partition.
  private void sendAll(List<Poison> poison) {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (int i = 0; i < GOOD / PARTITIONS; i++) {
        long time = start + 60_000 * i / (GOOD / PARTITIONS);
        send(partition, null, event(time), time);
        if (i % 10 == 0 && i / 10 < poison.size()) {
          sendPoison(partition, poison.get(i / 10), i / 10);
        }
      }
      for (int i = 0; i < TOO_LATE / PARTITIONS; i++) {
        send(partition, null, event(start - 1_000 + i), start);
      }
    }
    producer.flush();
  }

  /// Every second one with a key, every third one with headers, one of them a name of ours.
  private void sendPoison(int partition, Poison poison, int i) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            Topics.REQUESTS, partition, i % 4 == 0 ? 0L : start, key(poison, i), poison.value());
    record.headers().add("number", new byte[] {(byte) i});
    record.headers().add("poison", bytes(poison.name()));
    if (i % 3 == 0) {
      record.headers().add("none", null);
      record.headers().add(Topics.DEAD_LETTER_HEADERS + "message", bytes("forged"));
    }
    var _ = producer.send(record);
    sent++;
  }

  private static byte[] key(Poison poison, int i) {
    return i % 2 == 0 ? null : bytes("key of " + poison.name());
  }

  private void send(int partition, byte[] key, byte[] value, long timestamp) {
    // What does not get there is missed at the end.
    var _ = producer.send(new ProducerRecord<>(Topics.REQUESTS, partition, timestamp, key, value));
    sent++;
  }

  private byte[] event(long time) {
    return codec.encode(new RequestEvent("1", time, "svc", "/", "GET", 200, OptionalLong.of(7), 1));
  }

  private String text(long time) {
    return new String(event(time), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<Poison> poison() {
    String good = text(start);
    String time = "\"time\":" + start;
    List<Poison> all = new ArrayList<>();
    all.add(new Poison("null", null, "no value"));
    all.add(new Poison("empty", new byte[0], "not a JSON object"));
    all.add(new Poison("no JSON", bytes("no event"), "not JSON"));
    all.add(new Poison("binary", new byte[] {(byte) 0xff, 0, 7, (byte) 0x80}, "not JSON"));
    all.add(new Poison("cut", bytes(good.substring(0, good.length() - 2)), "not JSON"));
    all.add(new Poison("array", bytes("[" + good + "]"), "not a JSON object"));
    all.add(new Poison("two", bytes(good + good), "more than one"));
    all.add(new Poison("twice", bytes(good.replace("{", "{" + time + ",")), "occurs twice"));
    all.add(new Poison("deep", bytes("[".repeat(30_000)), "not"));
    all.add(new Poison("deep inside", bytes("{\"a\":" + "[".repeat(30_000) + "}"), "not JSON"));
    all.add(new Poison("just under the limit", new byte[999_000], "999000 bytes"));
    all.add(new Poison("over 64 KiB", bytes(good + " ".repeat(65_536)), "are allowed"));
    all.add(
        new Poison(
            "far ahead", event(System.currentTimeMillis() + 3_600_000), "ahead of the clock"));
    all.add(new Poison("the last time", event(Long.MAX_VALUE), "ahead of the clock"));
    all.add(new Poison("before 1970", bytes(good.replace(time, "\"time\":-1")), "time"));
    all.add(new Poison("no number", bytes(good.replace(time, "\"time\":1e3")), "integer"));
    all.add(new Poison("no time", bytes(good.replace(time + ",", "")), "'time' is missing"));
    all.add(
        new Poison("too large", bytes(good.replace(time, "\"time\":" + "9".repeat(19))), "time"));
    all.add(
        new Poison("huge", bytes(good.replace(time, "\"time\":" + "9".repeat(40))), "not JSON"));
    all.add(new Poison("all", bytes(good.replace("svc", "*")), "'*'"));
    all.add(new Poison("separator", bytes(good.replace("svc", "a|b")), "'|'"));
    all.add(new Poison("half", bytes(good.replace("svc", "\\ud800")), "surrogate"));
    all.add(new Poison("status", bytes(good.replace(":200", ":99")), "status"));
    all.add(new Poison("duration", bytes(good.replace(":7", ":-7")), "duration_us"));
    byte[] notUtf8 = bytes(good);
    notUtf8[good.indexOf("svc")] = (byte) 0xc0;
    all.add(new Poison("no UTF-8", notUtf8, "not JSON"));
    return all;
  }

  private static void assertLetters(
      List<Poison> poison, List<ConsumerRecord<byte[], byte[]>> letters) {
    Map<String, Integer> seen = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> letter : letters) {
      int i = letter.headers().lastHeader("number").value()[0];
      Poison expected = poison.get(i);
      String name = expected.name();
      assertEquals(name, text(letter, "poison"));
      assertArrayEquals(expected.value(), letter.value(), name);
      assertArrayEquals(key(expected, i), letter.key(), name);
      if (i % 3 == 0) {
        Header none = letter.headers().lastHeader("none");
        assertNull(none.value(), name);
      }
      String reason = text(letter, Topics.DEAD_LETTER_HEADERS + "message");
      assertTrue(reason.contains(expected.reason()), name + ": " + reason);
      assertEquals(Topics.REQUESTS, text(letter, Topics.DEAD_LETTER_HEADERS + "topic"));
      seen.merge(name + text(letter, Topics.DEAD_LETTER_HEADERS + "partition"), 1, Integer::sum);
    }
    assertEquals(PARTITIONS * poison.size(), seen.size());
    assertTrue(seen.values().stream().allMatch(times -> times == 1), seen.toString());
  }

  private static String text(ConsumerRecord<byte[], byte[]> letter, String header) {
    return new String(letter.headers().lastHeader(header).value(), StandardCharsets.UTF_8);
  }
}
