package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Sends events to Kafka, and books the fate of each. One thread sends; fates arrive on the
/// client's own thread.
final class EventSender implements AutoCloseable {
  private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(15);

  /// Longer than any hiccup of a target that still takes events, and short enough that a schedule
  /// goes on when it does not.
  private static final int PACED_MAX_BLOCK_MS = 200;

  /// How long it is taken for granted that there still is no room. When nothing is on its way, no
  /// answer can tell.
  private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Producer<byte[], byte[]> producer;
  private final LoadMetrics metrics;
  private final Figures figures;
  private final boolean paced;
  private final Thread sender = Thread.currentThread();

  /// One for all: a stack trace for each of a million events a second would take all the time.
  private final Exception noRoom =
      new BufferExhaustedException(
          "Kafka takes nothing: the client's buffer is full, or its topic unknown");

  /// Records whose fate Kafka's network thread has told; it alone writes this.
  private final AtomicLong answered = new AtomicLong();

  /// What that was when there was no room for an event; -1 if there is. For the sender's thread.
  private long answeredWhenFull = -1;

  /// When that was found out, by [System#nanoTime()].
  private long fullSince;

  /// For events whose time does not matter: waits as long as it takes.
  EventSender(String bootstrapServers, Map<String, String> kafka, LoadMetrics metrics) {
    this(bootstrapServers, kafka, metrics, null, false);
  }

  /// @param figures where latencies go; null for nowhere
  /// @param paced whether there is a schedule that must go on when Kafka is away
  EventSender(
      String bootstrapServers,
      Map<String, String> kafka,
      LoadMetrics metrics,
      Figures figures,
      boolean paced) {
    this.producer = new KafkaProducer<>(settings(bootstrapServers, kafka, paced));
    this.metrics = metrics;
    this.figures = figures;
    this.paced = paced;
  }

  private static Map<String, Object> settings(
      String bootstrapServers, Map<String, String> kafka, boolean paced) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.PARTITIONER_CLASS_CONFIG, RotatingPartitioner.class);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 10);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    // Batches are compressed in it: a full one is some 400,000 events, each with objects of its own
    // that the garbage collector copies for as long as they wait.
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 16L << 20);
    // A dead letter may be a line of 64 KiB and more.
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 << 20);
    // A single broker that is away for a moment must not make the client forget the topic: what is
    // sent meanwhile waits in the buffer.
    settings.put(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, "none");
    // A broker that has died is to be noticed while somebody still waits.
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, paced ? PACED_MAX_BLOCK_MS : 5_000);
    // So is a run with one that does not come back to end while somebody still waits.
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
    settings.putAll(kafka);
    String acks = String.valueOf(settings.get(ProducerConfig.ACKS_CONFIG));
    if (!acks.equals("all") && !acks.equals("-1")) {
      throw new IllegalArgumentException(
          "--kafka acks=" + acks + ": must stay all, or 'acknowledged' would promise too much");
    }
    return settings;
  }

  /// Waits until the topic is known, so that the first event does not have to.
  ///
  /// @throws IOException if it does not get known
  void awaitTopic() throws IOException {
    long until = System.nanoTime() + TOPIC_PATIENCE.toNanos();
    while (true) {
      try {
        var _ = producer.partitionsFor(Topics.REQUESTS);
        return;
      } catch (TimeoutException e) {
        if (System.nanoTime() > until) {
          throw new IOException(
              "Kafka does not tell of the topic "
                  + Topics.REQUESTS
                  + " within "
                  + TOPIC_PATIENCE.toSeconds()
                  + " s; 'millrace topics create' makes it",
              e);
        }
      }
    }
  }

  /// Hands one event to the client.
  ///
  /// @param json the event as it is to stand in Kafka
  /// @param ledger where its fate is booked
  void send(RequestEvent event, byte[] json, Ledger ledger) {
    LedgerCell cell = ledger.sending(event);
    metrics.events.sent();
    hand(
        new ProducerRecord<>(Topics.REQUESTS, null, event.time(), null, json),
        new Sent(cell, event.status(), event.durationUs().orElse(-1), event.bytes(), 0));
  }

  /// Hands an event to the client that was made for it.
  ///
  /// @param generator has just made it
  /// @param json the event as it is to stand in Kafka
  /// @param ledger where its fate is booked
  /// @param dueNanos when it was due, since the start
  /// @param handedNanos when it is handed over, since the start
  void send(
      EventGenerator generator,
      byte[] json,
      LedgerSeconds ledger,
      long dueNanos,
      long handedNanos) {
    long behind = handedNanos - dueNanos;
    if (paced) {
      figures.lateness.record(behind);
      metrics.behind(behind);
    }
    ProducerRecord<byte[], byte[]> message =
        new ProducerRecord<>(Topics.REQUESTS, null, generator.time(), generator.key(), json);
    if (generator.isValid()) {
      LedgerCell cell =
          ledger.sending(generator.time(), generator.seriesIndex(), generator.isAged());
      metrics.events.sent();
      offer(
          message,
          new Sent(cell, generator.status(), generator.durationUs(), generator.bytes(), dueNanos));
    } else {
      metrics.rejects.sent();
      offer(message, new Sent(null, 0, 0, 0, dueNanos));
    }
  }

  /// While there is no room, and Kafka has answered nothing since that was found out, an event that
  /// is due has failed: to wait would stop the schedule. One every two seconds tries.
  private void offer(ProducerRecord<byte[], byte[]> message, Sent sent) {
    if (answeredWhenFull >= 0) {
      if (answered.get() == answeredWhenFull && System.nanoTime() - fullSince < NO_ROOM_NANOS) {
        sent.onCompletion(null, noRoom);
        return;
      }
      answeredWhenFull = -1;
    }
    hand(message, sent);
  }

  /// Sends a line that is no event straight to the dead letter queue, with the reason and where the
  /// line stood.
  void reject(byte[] raw, String reason, String source) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, null, null, null, raw);
    letter
        .headers()
        .add(Topics.DEAD_LETTER_HEADERS + "message", reason.getBytes(StandardCharsets.UTF_8))
        .add("millrace.source", source.getBytes(StandardCharsets.UTF_8));
    metrics.rejects.sent();
    hand(letter, new Sent(null, 0, 0, 0, 0));
  }

  // The callback is told all that the future would know.
  @SuppressWarnings("FutureReturnValueIgnored")
  private void hand(ProducerRecord<byte[], byte[]> message, Callback whenSettled) {
    producer.send(message, whenSettled);
  }

  /// Something that is on its way.
  private final class Sent implements Callback {
    private final LedgerCell cell;
    private final int status;
    private final long durationUs;
    private final long bytes;
    private final long dueNanos;

    /// @param cell where its fate is booked; null if it is no event
    /// @param dueNanos when it was due, since the start
    Sent(LedgerCell cell, int status, long durationUs, long bytes, long dueNanos) {
      this.cell = cell;
      this.status = status;
      this.durationUs = durationUs;
      this.bytes = bytes;
      this.dueNanos = dueNanos;
    }

    @Override
    public void onCompletion(RecordMetadata position, Exception failure) {
      boolean withinSend = Thread.currentThread().equals(sender);
      Fate fate = failure == null ? Fate.ACKNOWLEDGED : fate(failure, withinSend);
      if (failure != null) {
        metrics.lastFailure = failure;
      } else if (figures != null) {
        figures.acknowledged(dueNanos);
      }
      if (!withinSend) {
        answered.lazySet(answered.getPlain() + 1);
      } else if (paced && !noRoom.equals(failure) && failure instanceof TimeoutException) {
        // Found out by trying, that is.
        answeredWhenFull = answered.get();
        fullSince = System.nanoTime();
      }
      if (cell == null) {
        metrics.rejects.settled(fate);
      } else {
        metrics.events.settled(fate);
        cell.settle(fate, status, durationUs, bytes);
      }
    }
  }

  /// A failure reported within `send` itself means that the record never left; so do answers that
  /// refuse it. A time-out or a broken connection afterwards leaves its fate open.
  private static Fate fate(Exception failure, boolean withinSend) {
    boolean surelyNotInKafka =
        withinSend
            || failure instanceof RecordTooLargeException
            || failure instanceof AuthorizationException
            || failure instanceof InvalidTopicException;
    return surelyNotInKafka ? Fate.FAILED : Fate.UNKNOWN;
  }

  /// Where events have waited so far.
  SenderWaits waits() {
    return new SenderWaits(
        metric("bufferpool-wait-time-ns-total") / 1e9,
        metric("record-queue-time-avg"),
        metric("request-latency-avg"));
  }

  /// A figure of the client as a whole; 0 if it has none yet.
  private double metric(String name) {
    return producer.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals(name))
        .filter(metric -> metric.metricName().group().equals("producer-metrics"))
        .mapToDouble(metric -> ((Number) metric.metricValue()).doubleValue())
        .filter(Double::isFinite)
        .sum();
  }

  /// Waits until the fate of everything sent so far is known.
  void flush() {
    producer.flush();
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(10));
  }
}
