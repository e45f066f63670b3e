package dev.millrace.processor;

import dev.millrace.events.RequestEventCodec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts and stops the topology, and says how it is.
public final class ProcessorRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessorRunner.class);

  /// A thread that dies is replaced, but not for ever: what kills five in a minute kills the next.
  private static final int MAX_REPLACEMENTS_PER_MINUTE = 5;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

  private final KafkaStreams streams;
  private final LongAdder deadLetters = new LongAdder();
  private final AtomicLong threadsReplaced = new AtomicLong();
  private final Deque<Instant> recentReplacements = new ArrayDeque<>();
  private volatile long lastLate;
  private volatile Throwable failure;

  /// Wires the topology; nothing runs before [#start()].
  public ProcessorRunner(ProcessorConfig config) {
    RequestEventCodec codec = new RequestEventCodec(Clock.systemUTC(), config.maxFutureSkew());
    StreamsConfig settings = new StreamsConfig(settings(config));
    streams = new KafkaStreams(new WindowsTopology(codec, config.grace()).get(), settings);
    streams.setUncaughtExceptionHandler(this::replaceOrStop);
  }

  private Map<String, Object> settings(ProcessorConfig config) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, config.stateDir().toString());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    settings.put(
        StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        config.exactlyOnce() ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    settings.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    settings.put(DeadLetterHandler.COUNTER, deadLetters);
    // The first records of a new group count too.
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    // How long the work of a killed instance lies idle; Kafka's 45 s are for busier networks.
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 20);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 << 10);
    // A dead letter is a record of up to the broker's limit plus its headers.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), 4 << 20);
    settings.putAll(config.kafka());
    return settings;
  }

  private synchronized StreamThreadExceptionResponse replaceOrStop(Throwable cause) {
    Instant now = Instant.now();
    recentReplacements.removeIf(then -> then.isBefore(now.minusSeconds(60)));
    if (recentReplacements.size() >= MAX_REPLACEMENTS_PER_MINUTE) {
      LOG.error(
          "{} threads died within a minute: stopping", MAX_REPLACEMENTS_PER_MINUTE + 1, cause);
      failure = cause;
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    recentReplacements.add(now);
    threadsReplaced.incrementAndGet();
    LOG.warn("a stream thread died and is replaced", cause);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  /// Begins to read, in threads of its own.
  public void start() {
    streams.start();
  }

  /// Whether the threads have their partitions and work.
  public boolean isRunning() {
    return streams.state() == KafkaStreams.State.RUNNING;
  }

  /// Why the processor has stopped by itself, if it has.
  public Optional<Throwable> failure() {
    if (failure == null && streams.state() == KafkaStreams.State.ERROR) {
      failure = new IllegalStateException("Kafka Streams stopped with an error; see the log");
    }
    return Optional.ofNullable(failure);
  }

  /// Counts since the start of this process.
  public ProcessorMetrics metrics() {
    return new ProcessorMetrics(deadLetters.sum(), late(), threadsReplaced.get());
  }

  /// The sum over the partitions that this process has; while they are moving, of the last time
  /// that they were not.
  private long late() {
    if (isRunning()) {
      try (KeyValueIterator<String, Long> counts =
          streams
              .store(
                  StoreQueryParameters.fromNameAndType(
                      LatenessGuard.STORE, QueryableStoreTypes.<String, Long>keyValueStore()))
              .all()) {
        long sum = 0;
        while (counts.hasNext()) {
          KeyValue<String, Long> count = counts.next();
          sum += count.key.equals(LatenessGuard.LATE) ? count.value : 0;
        }
        lastLate = sum;
      } catch (InvalidStateStoreException e) {
        LOG.debug("late events cannot be counted while partitions move", e);
      }
    }
    return lastLate;
  }

  /// Commits and stops.
  @Override
  public void close() {
    // Leaving the group, which Streams does not do by itself: the work goes to others at once, not
    // after the session has timed out.
    CloseOptions leaving =
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(CLOSE_TIMEOUT);
    if (!streams.close(leaving)) {
      LOG.warn("the processor did not stop within {} s", CLOSE_TIMEOUT.toSeconds());
    }
  }
}
