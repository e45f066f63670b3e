package dev.millrace.drill;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// A producer whose clock is wrong, with books of what it has sent.
final class SkewedSender implements AutoCloseable {
  private static final long PAUSE_MS = 10;

  private final String name;
  private final Series series;
  private final long offMs;
  private final Map<String, Object> settings;
  private final Map<Cell, Sent.Fates> cells = new ConcurrentHashMap<>();
  private final Set<String> unknownIds = ConcurrentHashMap.newKeySet();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private Thread thread;

  SkewedSender(String name, String bootstrap, Duration off) {
    this.name = name;
    series = new Series(name, "/v1/skewed");
    offMs = off.toMillis();
    settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
  }

  void start() {
    thread = Thread.ofPlatform().daemon().name(name).start(this::send);
  }

  // The callback is told all that the future would know.
  @SuppressWarnings("FutureReturnValueIgnored")
  private void send() {
    RequestEventCodec codec = new RequestEventCodec();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      while (!stopped.get()) {
        long time = System.currentTimeMillis() + offMs;
        RequestEvent event =
            new RequestEvent(
                name + "-" + sent.getAndIncrement(),
                time,
                series.service(),
                series.route(),
                "GET",
                200,
                OptionalLong.of(1_000),
                100);
        producer.send(
            new ProducerRecord<>(Topics.REQUESTS, null, time, null, codec.encode(event)),
            (metadata, e) -> settle(event, e == null));
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      // It is to end.
      return;
    }
  }

  private void settle(RequestEvent event, boolean known) {
    (known ? acknowledged : unknown).incrementAndGet();
    if (!known) {
      unknownIds.add(event.id());
    }
    cells.merge(
        Cell.at(WindowSize.SECOND, event.time(), series),
        known ? new Sent.Fates(Counts.of(event), 0) : new Sent.Fates(Counts.NONE, 1),
        Sent.Fates::plus);
  }

  /// Adds what it has sent. Of a clock ahead, no event is valid.
  void tell(Sent all) {
    if (offMs > 0) {
      // No row may count it, whether or not Kafka has it.
      all.add(name, new LedgerTotals(sent.get(), 0, acknowledged.get() + unknown.get(), 0, 0));
      all.addUnknownRejects(unknown.get());
    } else {
      all.add(name, new LedgerTotals(sent.get(), acknowledged.get(), 0, unknown.get()));
      cells.forEach((cell, fates) -> all.add(name, cell, fates));
      unknownIds.forEach(id -> all.addUnknown(name, EventKey.ofId(id)));
      all.addClock(series.service(), offMs);
    }
  }

  /// How many events Kafka has for certain.
  long acknowledged() {
    return acknowledged.get();
  }

  /// Nobody wants to know any more.
  void abandon() {
    thread.interrupt();
  }

  /// Returns when the fate of all its events is known.
  @Override
  public void close() {
    stopped.set(true);
    try {
      thread.join();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
