package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Sends events to Kafka, and books the fate of each. One thread sends; fates arrive on the
/// client's own thread.
final class EventSender implements AutoCloseable {
  private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(15);

  /// How long it is taken for granted that there still is no room. When nothing is on its way, no
  /// answer can tell.
  private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(2);

  /// How long what is on its way is waited for when somebody wants the end.
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private static final long SETTLE_TICK_MS = 20;

  private final Producer<byte[], byte[]> producer;
  private final LoadMetrics metrics;
  private final Figures figures;
  private final boolean paced;
  private final BooleanSupplier stopped;
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

  /// For events that have a time of long ago: waits for Kafka as long as it takes, and gives
  /// nothing up because it is away.
  ///
  /// @param stopped whether to wait no longer
  EventSender(
      String bootstrapServers,
      Map<String, String> kafka,
      LoadMetrics metrics,
      BooleanSupplier stopped) {
    this(
        new KafkaProducer<>(SenderSettings.patient(bootstrapServers, kafka)),
        metrics,
        null,
        false,
        stopped);
  }

  /// @param figures where latencies go; null for nowhere
  /// @param paced whether there is a schedule that must go on when Kafka is away
  EventSender(
      String bootstrapServers,
      Map<String, String> kafka,
      LoadMetrics metrics,
      Figures figures,
      boolean paced) {
    this(
        new KafkaProducer<>(SenderSettings.of(bootstrapServers, kafka, paced)),
        metrics,
        figures,
        paced,
        // An event that Kafka does not take has failed.
        () -> true);
  }

  /// @param stopped whether to wait no longer for Kafka to take an event
  EventSender(
      Producer<byte[], byte[]> producer,
      LoadMetrics metrics,
      Figures figures,
      boolean paced,
      BooleanSupplier stopped) {
    this.producer = producer;
    this.metrics = metrics;
    this.figures = figures;
    this.paced = paced;
    this.stopped = stopped;
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
  private void hand(ProducerRecord<byte[], byte[]> message, Sent whenSettled) {
    do {
      whenSettled.refused = false;
      producer.send(message, whenSettled);
    } while (whenSettled.refused);
  }

  /// Something that is on its way.
  private final class Sent implements Callback {
    private final LedgerCell cell;
    private final int status;
    private final long durationUs;
    private final long bytes;
    private final long dueNanos;

    /// Kafka took nothing for a while, and there is time to try again.
    private boolean refused;

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
      if (withinSend && isAway(failure) && !stopped.getAsBoolean()) {
        refused = true;
        return;
      }
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

  /// Whether Kafka has not answered, or not taken enough to make room. That a topic is not there is
  /// an answer.
  private static boolean isAway(Exception failure) {
    return failure instanceof TimeoutException
        && !(failure.getCause() instanceof UnknownTopicOrPartitionException);
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

  /// The same, however long Kafka is away; once somebody wants the end, ten seconds more. What is
  /// on its way then has an unknown fate.
  void settle() {
    long end = Long.MAX_VALUE;
    try {
      while (!metrics.records().isBalanced() && System.nanoTime() < end) {
        if (end == Long.MAX_VALUE && stopped.getAsBoolean()) {
          end = System.nanoTime() + LAST_PATIENCE.toNanos();
        }
        Thread.sleep(SETTLE_TICK_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ZERO);
  }

  @Override
  public void close() {
    producer.close(LAST_PATIENCE);
  }
}
