package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.Recount;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Dead letters are listed, shown, and replayed: each once, and counted once.
class DlqIT {
  private static final int AHEAD = 50;
  private static final int NONSENSE = 20;
  private static final String HOSTILE = "nonsense \u001b[2J";
  private static final byte[] BINARY = {(byte) 0xff, 0, 7, 'x', (byte) 0x80};

  @TempDir private Path folder;

  private final RequestEventCodec codec = new RequestEventCodec();
  private final long now = System.currentTimeMillis();
  private EmbeddedBroker broker;
  private KafkaProducer<byte[], byte[]> producer;

  @BeforeEach
  void start() {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", "5"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    Cli.runWell(
        "topics", "create", "--bootstrap-server", broker.bootstrapServers(), "--partitions", "2");
  }

  @AfterEach
  void stop() {
    producer.close();
    broker.close();
  }

  @Test
  void aLetterThatIsAnEventNowIsCountedOnceHoweverOftenItIsReplayed() throws Exception {
    makeLetters();
    try (Results results = new Results(broker.bootstrapServers())) {
      int letters = AHEAD + NONSENSE + 1;
      try (ProcessorRunner _ = processor(Duration.ZERO)) {
        Await.until(() -> results.accountFor(letters), results::summary);
      }
      assertListed();
      assertShown();

      Cli.Result dry = dlq("replay", "--max-future-skew", "1h", "--dry-run");
      assertEquals(0, dry.code(), dry.all());
      assertTrue(dry.out().contains("Nothing was sent: --dry-run"), dry.all());
      assertEquals(letters, events().size());
      Cli.Result unasked = dlq("replay", "--max-future-skew", "1h");
      assertEquals(2, unasked.code(), unasked.all());
      assertTrue(unasked.err().contains("add --yes"), unasked.all());

      Cli.Result replay = dlq("replay", "--max-future-skew", "1h", "--yes");
      assertEquals(0, replay.code(), replay.all());
      assertTrue(
          replay
              .out()
              .contains(
                  "Replayed 50, skipped 21 (replayed before 0, cut off 0, still no events 21)"),
          replay.all());
      Cli.Result second = dlq("replay", "--max-future-skew", "1h", "--yes");
      assertEquals(0, second.code(), second.all());
      assertTrue(second.out().contains("Nothing to send"), second.all());
      assertTrue(second.out().contains("50  replayed before"), second.all());

      String named =
          json("--limit", "100", "--reason", "AHEAD of the clock")
              .getFirst()
              .get("letter")
              .asText();
      Cli.Result refused = dlq("replay", named, "--max-future-skew", "1h", "--yes");
      assertEquals(1, refused.code(), refused.all());
      assertTrue(refused.err().contains(named + ": it was replayed before"), refused.all());

      String nonsense = json("--reason", "not JSON").getFirst().get("letter").asText();
      Cli.Result unchecked = dlq("replay", nonsense, "--unchecked", "--yes");
      assertEquals(0, unchecked.code(), unchecked.all());

      Path mended = folder.resolve("mended.json");
      Files.write(mended, event(now));
      String other = json("--reason", "not JSON").getLast().get("letter").asText();
      Cli.Result value = dlq("replay", other, "--value", mended.toString(), "--yes");
      assertEquals(0, value.code(), value.all());

      // The events, what was mended, and what has come back.
      try (ProcessorRunner _ = processor(Duration.ofHours(1))) {
        Await.until(
            () -> results.accountFor(letters + AHEAD + 2) && results.aggregated() == AHEAD + 1,
            results::summary);
        // Nor are the marks of the replay's transactions taken for events that nobody reads.
        Await.until(
            () ->
                Cli.run(
                        "doctor",
                        "--application-id",
                        "dlq",
                        "--bootstrap-server",
                        broker.bootstrapServers())
                    .out()
                    .contains(
                        "the processor (group dlq) is Stable with 1 member, 0 records behind"),
            () -> "the doctor sees a lag");
      }
      assertEquals(0, results.lateInAll());
      ConsumerRecord<byte[], byte[]> back = results.deadLetters().getLast();
      assertEquals(nonsense, text(back.headers().lastHeader(Topics.LETTER_HEADER)));
    }
  }

  private void makeLetters() {
    for (int i = 0; i < AHEAD; i++) {
      long time = now + 300_000 + i;
      ProducerRecord<byte[], byte[]> event =
          new ProducerRecord<>(Topics.REQUESTS, null, time, bytes("key " + i), event(time));
      event.headers().add("of", bytes("ours"));
      var _ = producer.send(event);
    }
    for (int i = 0; i < NONSENSE; i++) {
      var _ = producer.send(new ProducerRecord<>(Topics.REQUESTS, bytes(HOSTILE)));
    }
    var _ = producer.send(new ProducerRecord<>(Topics.REQUESTS, BINARY));
    producer.flush();
  }

  private void assertListed() throws IOException {
    Cli.Result list = dlq("list", "--limit", "5", "--reason", "JSON");
    assertEquals(0, list.code(), list.all());
    assertTrue(list.out().contains("nonsense \\u001b[2J"), list.all());
    assertFalse(list.out().contains("\u001b"), list.all());
    assertTrue(list.out().contains("requests "), list.all());
    assertTrue(list.out().contains("and 16 older ones"), list.all());
    Cli.Result counts = dlq("list", "--by-reason");
    assertTrue(counts.out().contains("time # is more than # ms ahead of the clock"), counts.all());
    assertTrue(counts.out().contains("71 dead letters"), counts.all());
    assertEquals(71, json("--limit", "100").size());
    assertEquals(0, json("--from", "+1h").size());
  }

  private void assertShown() throws IOException, InterruptedException {
    String binary = null;
    for (JsonNode letter : json("--limit", "100")) {
      if (letter.has("value_base64")) {
        binary = letter.get("letter").asText();
        assertArrayEquals(BINARY, letter.get("value_base64").binaryValue());
      }
    }
    Cli.Result show = dlq("show", binary.replace('-', ':'));
    assertEquals(0, show.code(), show.all());
    assertTrue(show.out().contains("00000000  ff 00 07 78 80"), show.all());
    assertTrue(show.out().contains("|...x.|"), show.all());
    assertTrue(show.out().contains("reason      not JSON"), show.all());
    JsonNode ahead = json("--reason", "ahead").getFirst();
    String id = ahead.get("letter").asText();
    Cli.Result text = dlq("show", id);
    assertTrue(text.out().contains("header      of: ours"), text.all());
    assertTrue(text.out().contains("key         " + ahead.get("key").asText()), text.all());
    try (Cli.Running raw =
        Cli.start("dlq", "show", id, "--raw", "--bootstrap-server", broker.bootstrapServers())) {
      assertEquals(0, raw.exitCode());
      assertEquals(ahead.get("value").asText(), raw.output());
    }
    Cli.Result none = dlq("show", "0-99999");
    assertEquals(1, none.code(), none.all());
    assertTrue(none.err().contains("there is no dead letter 0-99999"), none.all());
  }

  @Test
  void whatIsCutOffAndWhatIsTooLateIsSaid() throws IOException {
    // An hour before the newest event, and cut off by the handler.
    var _ = producer.send(new ProducerRecord<>(Topics.REQUESTS, null, now, null, event(now)));
    letter(event(now - 3_600_000), "some reason", Map.of());
    letter(event(now), "too large", Map.of("truncated", "value of 9 bytes, key of 0"));
    producer.flush();
    Cli.Result replay = dlq("replay", "--yes");
    assertEquals(0, replay.code(), replay.all());
    assertTrue(replay.out().contains("1  cut off, skipped"), replay.all());
    assertTrue(replay.out().contains("Replayed 1, skipped 1"), replay.all());
    assertTrue(replay.err().contains("warning: 1 of the events are older"), replay.all());
    Cli.Result list = dlq("list");
    assertTrue(list.out().lines().anyMatch(line -> line.matches("0-1 .* cut off .*")), list.all());
    Cli.Result named = dlq("replay", "0-1", "--yes");
    assertEquals(1, named.code(), named.all());
    assertTrue(named.err().contains("it had a value of 9 bytes"), named.all());
    Cli.Result again = dlq("replay", "0-0", "--again", "--yes");
    assertEquals(0, again.code(), again.all());
    assertTrue(again.err().contains("counted twice"), again.all());
    Cli.Result mended =
        dlq(
            "replay",
            "0-1",
            "--value",
            Files.write(folder.resolve("m"), event(now)).toString(),
            "--yes");
    assertEquals(0, mended.code(), mended.all());
    assertTrue(dlq("list").out().contains("replayed, cut off"), dlq("list").all());
    assertEquals(4, events().size());
  }

  @Test
  void whatIsNotThereOrHostileIsToldAndNothingIsSent() {
    letter(event(now), "some reason", Map.of());
    letter(
        bytes(
            "{\"time\":1,\"service\":\"a|\\u001b]0;owned\\u0007\",\"route\":\"/\",\"status\":200}"),
        "some reason",
        Map.of());
    producer.flush();
    Cli.Result missing = dlq("replay", "0-0", "0-999", "--yes");
    assertEquals(1, missing.code(), missing.all());
    assertTrue(missing.err().contains("0-999: there is no such dead letter"), missing.all());
    Cli.Result deselected = dlq("replay", "0-0", "--reason", "other", "--yes");
    assertEquals(1, deselected.code(), deselected.all());
    Cli.Result hostile = dlq("replay", "0-1", "--yes");
    assertEquals(1, hostile.code(), hostile.all());
    assertTrue(hostile.err().contains("\\u001b]0;owned"), hostile.all());
    assertFalse(hostile.all().contains("\u001b"), hostile.all());
    assertEquals(0, events().size());
  }

  @Test
  void aProcessorsOpenTransactionHidesNoReplay() throws Exception {
    letter(event(now), "some reason", Map.of());
    producer.flush();
    try (KafkaProducer<byte[], byte[]> processor =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "transactional.id",
                "processor",
                // Then Kafka aborts it, which is what the first replay waits for.
                "transaction.timeout.ms",
                15_000),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      processor.initTransactions();
      processor.beginTransaction();
      processor.send(new ProducerRecord<>(Topics.DEAD_LETTERS, bytes("x"))).get();
      for (int i = 0; i < 2; i++) {
        Cli.Result replay = dlq("replay", "--yes");
        assertEquals(0, replay.code(), replay.all());
      }
    }
    assertEquals(1, events().size());
  }

  @Test
  void aForeignNoteEndsAReplayAndNoList() {
    letter(event(now), "some reason", Map.of());
    ProducerRecord<byte[], byte[]> note = new ProducerRecord<>(Topics.DEAD_LETTERS, bytes("{}"));
    note.headers().add(ReplayNote.HEADER, new byte[0]);
    var _ = producer.send(note);
    producer.flush();
    for (Cli.Result look : List.of(dlq("list"), dlq("show", "0-0"))) {
      assertEquals(0, look.code(), look.all());
      assertTrue(look.out().contains("some reason"), look.all());
      assertTrue(look.err().contains("0-1 has the header millrace.replayed"), look.all());
    }
    Cli.Result replay = dlq("replay", "--yes");
    assertEquals(1, replay.code(), replay.all());
    assertTrue(replay.err().contains("is no note of a replay"), replay.all());
    assertEquals(0, events().size());
  }

  @Test
  void aRecountDoesNotCountWhatWasAheadOfTheClock() throws Exception {
    // As of now both are valid; the first one was not when the processor read it.
    RecordMetadata first = producer.send(new ProducerRecord<>(Topics.REQUESTS, event(now))).get();
    ProducerRecord<byte[], byte[]> ahead =
        new ProducerRecord<>(Topics.DEAD_LETTERS, null, now - 60_000, null, event(now));
    RecordMetadata other =
        producer.send(new ProducerRecord<>(Topics.REQUESTS, event(now - 1))).get();
    ProducerRecord<byte[], byte[]> wrong =
        new ProducerRecord<>(Topics.DEAD_LETTERS, null, now, null, event(now - 1));
    origin(ahead, first);
    origin(wrong, other);
    var _ = producer.send(ahead);
    var _ = producer.send(wrong);
    producer.flush();
    LedgerTotals totals = Recount.read(broker.bootstrapServers(), Map.of()).totals().orElseThrow();
    assertEquals(1, totals.failed());
    assertEquals(1, totals.acknowledged(), "a letter alone makes no event invalid");
  }

  private static void origin(ProducerRecord<byte[], byte[]> letter, RecordMetadata place) {
    Map.of(
            "message",
            "reason",
            "topic",
            Topics.REQUESTS,
            "partition",
            Integer.toString(place.partition()),
            "offset",
            Long.toString(place.offset()))
        .forEach(
            (name, text) -> letter.headers().add(Topics.DEAD_LETTER_HEADERS + name, bytes(text)));
  }

  @Test
  void aKilledReplayGoesOnWithTheRest() throws Exception {
    int letters = 20_000;
    for (int i = 0; i < letters; i++) {
      letter(event(now - i % 1_000), "some reason", Map.of());
    }
    producer.flush();
    for (int kill = 0; kill < 3; kill++) {
      int before = events().size();
      try (Cli.Running replay =
          Cli.start("dlq", "replay", "--yes", "--bootstrap-server", broker.bootstrapServers())) {
        Await.until(() -> events().size() > before, () -> "nothing is replayed");
        replay.kill();
      }
    }
    Cli.Result rest = dlq("replay", "--yes");
    assertEquals(0, rest.code(), rest.all());
    Map<String, Integer> times = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> event : events()) {
      times.merge(text(event.headers().lastHeader(Topics.LETTER_HEADER)), 1, Integer::sum);
    }
    assertEquals(letters, times.size());
    assertEquals(letters, times.values().stream().mapToInt(Integer::intValue).sum());
  }

  private void letter(byte[] value, String reason, Map<String, String> headers) {
    ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(Topics.DEAD_LETTERS, value);
    letter.headers().add(Topics.DEAD_LETTER_HEADERS + "message", bytes(reason));
    letter.headers().add(Topics.DEAD_LETTER_HEADERS + "topic", bytes(Topics.REQUESTS));
    headers.forEach(
        (name, text) -> letter.headers().add(Topics.DEAD_LETTER_HEADERS + name, bytes(text)));
    var _ = producer.send(letter);
  }

  private Cli.Result dlq(String... args) {
    return Cli.run(
        Stream.of(
                Stream.of("dlq"),
                Arrays.stream(args),
                Stream.of("--bootstrap-server", broker.bootstrapServers()))
            .flatMap(words -> words)
            .toArray(String[]::new));
  }

  private List<JsonNode> json(String... args) throws IOException {
    List<String> all = new ArrayList<>(List.of("list", "--json"));
    all.addAll(List.of(args));
    Cli.Result result = dlq(all.toArray(String[]::new));
    assertEquals(0, result.code(), result.all());
    List<JsonNode> lines = new ArrayList<>();
    for (String line : result.out().lines().filter(line -> line.startsWith("{")).toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  /// All that is on `requests`, as a reader of committed records sees it.
  private List<ConsumerRecord<byte[], byte[]>> events() {
    List<ConsumerRecord<byte[], byte[]>> events = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          List.of(new TopicPartition(Topics.REQUESTS, 0), new TopicPartition(Topics.REQUESTS, 1));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Await.until(
          () -> {
            consumer.poll(Duration.ofMillis(20)).forEach(events::add);
            return ends.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
          },
          () -> "requests was not read to its end");
    }
    return events;
  }

  private ProcessorRunner processor(Duration maxFutureSkew) {
    WindowingConfig usual = WindowingConfig.DEFAULT;
    ProcessorRunner processor =
        new ProcessorRunner(
            new ProcessorConfig(
                broker.bootstrapServers(),
                "dlq",
                1,
                new WindowingConfig(
                    usual.sizes(),
                    usual.outOfOrderness(),
                    // What is mended happened five minutes before the others.
                    Duration.ofHours(1),
                    Duration.ofMillis(400),
                    usual.idleRetention(),
                    usual.maxSeries(),
                    maxFutureSkew),
                Duration.ofMillis(50),
                ProcessorConfig.defaultWindowsInMemory(),
                true,
                folder.resolve("state"),
                Map.of()));
    processor.start();
    return processor;
  }

  private byte[] event(long time) {
    return codec.encode(new RequestEvent("1", time, "svc", "/", "GET", 200, OptionalLong.of(7), 1));
  }

  private static String text(Header header) {
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
