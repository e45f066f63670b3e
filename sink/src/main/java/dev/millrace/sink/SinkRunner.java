package dev.millrace.sink;

import dev.millrace.telemetry.KafkaLag;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts and stops the thread that moves windows from Kafka into a store, and says how it is.
///
/// Kafka is the truth and the store a copy that knows how far it got: the reading goes on from the
/// store's offsets, whatever the group's offsets in Kafka say.
public final class SinkRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SinkRunner.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

  private final SinkConfig config;
  private final WindowStore store;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Retry retry;
  private final Outage outage = new Outage(System::nanoTime);
  private final CompletableFuture<Consumer<byte[], byte[]>> connected = new CompletableFuture<>();
  private KafkaIdentity kafka;
  private Consumer<byte[], byte[]> consumer;
  private volatile SinkLoop loop;
  private volatile WindowListener listener = (_, _) -> {};
  private volatile Throwable failure;
  private Thread thread;

  /// Wires the sink; nothing runs before [#start()].
  ///
  /// @param store stays the caller's to close, after this
  public SinkRunner(SinkConfig config, WindowStore store) {
    this.config = config;
    this.store = store;
    this.retry =
        new Retry(
            pause -> stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS), System::nanoTime);
  }

  /// Makes sure that Kafka is there and that the store belongs to it, then begins to read in a
  /// thread of its own.
  ///
  /// @throws SinkException if Kafka does not answer, or the store's offsets are another cluster's
  public void start() {
    Map<String, Object> settings = config.consumerSettings();
    try {
      kafka = new KafkaIdentity(settings);
      String clusterId = kafka.clusterId();
      retry.whileBusy(() -> store.bindTo(clusterId));
      consumer =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      closeKafka();
      throw kafkaSentence(e);
    } catch (RuntimeException e) {
      closeKafka();
      throw e;
    }
    Retention retention = new Retention(config.keep(), Clock.systemUTC());
    loop =
        new SinkLoop(
            consumer,
            store,
            outage,
            retention,
            kafka,
            (rows, complete) -> listener.written(rows, complete));
    consumer.subscribe(config.topics(), loop);
    // Not a virtual thread: it would be pinned to its carrier while SQLite's native code runs.
    thread = Thread.ofPlatform().name("millrace-sink").start(this::run);
    connected.complete(consumer);
  }

  private void closeKafka() {
    if (consumer != null) {
      consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
    }
    if (kafka != null) {
      kafka.close();
    }
  }

  private SinkException kafkaSentence(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new SinkException(
        "no use of Kafka at --bootstrap-server %s: %s; check that it runs, and the --kafka settings"
            .formatted(config.bootstrapServers(), root.getMessage()),
        e);
  }

  private void run() {
    try {
      while (stopping.getCount() > 0) {
        loop.pass();
      }
    } catch (WakeupException e) {
      if (stopping.getCount() > 0) {
        fail(e);
      }
    } catch (Throwable e) {
      fail(e);
    } finally {
      closeKafka();
    }
  }

  /// Kafka wraps what a rebalance listener throws.
  private void fail(Throwable e) {
    Throwable cause = e;
    while (cause != null && !(cause instanceof SinkException)) {
      cause = cause.getCause();
    }
    failure = cause == null ? e : cause;
    if (cause == null) {
      LOG.error("the sink has stopped", e);
    } else {
      LOG.error("the sink has stopped: {}", cause.getMessage());
    }
  }

  /// Why the sink has stopped by itself, if it has.
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /// How the sink is now.
  public SinkHealth health() {
    if (failure != null) {
      return new SinkHealth(false, false, String.valueOf(failure.getMessage()));
    }
    Optional<String> waitingFor = waitingFor();
    if (waitingFor.isPresent()) {
      return new SinkHealth(true, false, waitingFor.get());
    }
    if (loop == null || !loop.hasJoined() || stopping.getCount() == 0) {
      return new SinkHealth(true, false, "has no partitions yet, or is stopping");
    }
    return new SinkHealth(true, true, "");
  }

  /// Why the store cannot be had now, as a sentence; empty if it can.
  Optional<String> waitingFor() {
    return retry.waitingFor().or(outage::cause);
  }

  /// Hands over the consumer, to be measured, once there is one. In a thread of its own: the start
  /// does not wait for that.
  void whenConnected(java.util.function.Consumer<Consumer<byte[], byte[]>> use) {
    var _ =
        connected
            .thenAcceptAsync(use, Thread::startVirtualThread)
            .exceptionally(e -> {
              LOG.warn("the consumer's metrics are missing", e);
              return null;
            });
  }

  /// Records that are not read yet, by partition, as the consumer's own metrics have it: unlike all
  /// else of it, these can be had by any thread.
  Map<TopicPartition, Double> lag() {
    Consumer<byte[], byte[]> now = connected.getNow(null);
    return now == null ? Map.of() : KafkaLag.of(now.metrics(), config.topics()::contains);
  }

  /// From now on, somebody is told what has been written.
  public void tell(WindowListener to) {
    listener = to;
  }

  /// Counts since the start, as of the last transaction.
  public SinkMetrics metrics() {
    return loop == null ? SinkMetrics.NONE : loop.metrics();
  }

  /// For each partition that this sink has, the next offset to be read: all before it is in the
  /// database. Equal to a partition's end offset, everything is.
  public Map<TopicPartition, Long> positions() {
    return metrics().positions();
  }

  /// Stops after the poll in hand is written, and leaves the group.
  @Override
  public void close() {
    stopping.countDown();
    if (thread == null) {
      return;
    }
    consumer.wakeup();
    try {
      if (!thread.join(CLOSE_TIMEOUT.plusSeconds(5))) {
        LOG.warn("the sink did not stop within {} s", CLOSE_TIMEOUT.plusSeconds(5).toSeconds());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
