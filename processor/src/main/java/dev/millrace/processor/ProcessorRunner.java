package dev.millrace.processor;

import dev.millrace.events.RequestEventCodec;
import dev.millrace.telemetry.Health;
import dev.millrace.telemetry.Telemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts and stops the topology, and says how it is.
public final class ProcessorRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessorRunner.class);

  /// A thread that dies is replaced, but not for ever: what kills five in a minute, or each of many
  /// twice, kills the next.
  private static final int MAX_REPLACEMENTS_PER_MINUTE = 5;

  /// Records of a poll, and so of a batch at most.
  private static final int MAX_POLL_RECORDS = 1_000;

  /// Batches held for each partition.
  private static final int BUFFERED_BATCHES = 4;

  /// A series' event changes a window of each size. With less room than that, windows would come
  /// and go for each of them.
  private static final int LEAST_WINDOWS_A_SERIES = 4;

  /// What Streams calls a thread that has its partitions and polls.
  private static final String WORKING = "RUNNING";

  private static final int FAILOVER_MS = 8_000;

  /// How long a commit may take until its transaction is aborted.
  private static final int COMMIT_MS = 7_000;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

  private final KafkaStreams streams;
  private final int threads;
  private final int maxReplacements;
  private final ProcessorCounters counters = new ProcessorCounters();
  private final AtomicLong threadsReplaced = new AtomicLong();
  private final Deque<Instant> recentReplacements = new ArrayDeque<>();
  private final RestoreProgress restoring = new RestoreProgress();
  private final ProcessorFigures figures;
  private volatile Throwable failure;

  /// Asks Kafka for the topics and for what the application has left there, and wires the topology;
  /// nothing runs before [#start()].
  ///
  /// @throws ProcessorException if the application cannot go on from there, with what to do
  public ProcessorRunner(ProcessorConfig config) {
    threads = config.threads();
    maxReplacements = Math.max(MAX_REPLACEMENTS_PER_MINUTE, 2 * threads);
    int partitions = partitions(config);
    RequestEventCodec codec =
        new RequestEventCodec(Clock.systemUTC(), config.windowing().maxFutureSkew());
    WindowsTopology topology =
        new WindowsTopology(
            config.windowing(),
            partitions,
            codec,
            counters,
            maxOnHeap(config, partitions),
            MergeProcessor.MOST_A_COMMIT,
            config.exactlyOnce());
    Map<String, Object> settings = settings(config);
    streams = new KafkaStreams(topology.get(), new StreamsConfig(settings));
    streams.setUncaughtExceptionHandler(this::replaceOrStop);
    streams.setGlobalStateRestoreListener(restoring);
    figures = new ProcessorFigures(streams, counters, restoring, config.windowing().maxSeries());
  }

  /// Each task's share, if all tasks of merge are in this process.
  private static int maxOnHeap(ProcessorConfig config, int partitions) {
    int leastForAll = LEAST_WINDOWS_A_SERIES * config.windowing().maxSeries();
    return Math.max(1, Math.max(config.windowsInMemory(), leastForAll) / partitions);
  }

  private static int partitions(ProcessorConfig config) {
    Map<String, Object> settings = new HashMap<>(config.kafka());
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    Admin admin = Admin.create(settings);
    try {
      return ApplicationState.check(admin, config.applicationId());
    } finally {
      admin.close(Duration.ZERO);
    }
  }

  static Map<String, Object> settings(ProcessorConfig config) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, config.stateDir().toString());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    settings.put(
        StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        config.exactlyOnce() ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
    settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    settings.put(StreamsConfig.DEFAULT_CLIENT_SUPPLIER_CONFIG, RecordBatches.class);
    settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    // Tasks have one partition each: there is no other one to wait for, and asking costs time.
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, BUFFERED_BATCHES);
    consumer(settings, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
    // A backlog comes in larger pieces: fewer requests for the same records.
    consumer(settings, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    consumer(settings, ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20);
    // The first records of a new group count too.
    consumer(settings, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // How long the work of a killed instance lies idle; Kafka's 45 s are for busier networks.
    consumer(settings, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, FAILOVER_MS);
    consumer(settings, ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, FAILOVER_MS / 4);
    // Until its open transaction is aborted, nobody reads past it. It can be as old as the last
    // commit: a dead letter begins one. One that is aborted in a commit is done again, and if that
    // takes as long, for ever.
    producer(
        settings,
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        Math.toIntExact(config.commitInterval().toMillis()) + COMMIT_MS);
    producer(settings, ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    producer(settings, ProducerConfig.LINGER_MS_CONFIG, 20);
    producer(settings, ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    // A transaction that begins before the last one is done is told to come again: soon.
    producer(settings, ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 10);
    // A dead letter is a record of up to the broker's limit plus its headers.
    producer(settings, ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 4 << 20);
    settings.putAll(config.kafka());
    return settings;
  }

  private static void consumer(Map<String, Object> settings, String name, Object value) {
    settings.put(StreamsConfig.consumerPrefix(name), value);
  }

  private static void producer(Map<String, Object> settings, String name, Object value) {
    settings.put(StreamsConfig.producerPrefix(name), value);
  }

  private synchronized StreamThreadExceptionResponse replaceOrStop(Throwable cause) {
    Instant now = Instant.now();
    recentReplacements.removeIf(then -> then.isBefore(now.minusSeconds(60)));
    if (recentReplacements.size() >= maxReplacements) {
      LOG.error("{} threads died within a minute: stopping", maxReplacements + 1, cause);
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

  /// What Kafka Streams calls the state it is in, in small letters: "rebalancing" is also what it
  /// is while it restores.
  public String state() {
    return streams.state().name().toLowerCase(Locale.ROOT);
  }

  /// Whether it does its work now. A rebalance is a moment without work, and told as that: nothing
  /// is remembered of it, and the next answer after it is yes. Nobody sends a processor requests;
  /// who asks is a rollout or an eviction that should wait until the others have taken over.
  public Health readiness() {
    // What has ended it is known a moment before Streams changes its state.
    Health live = liveness();
    if (!live.ok()) {
      return live;
    }
    return switch (streams.state()) {
      case RUNNING -> allAtWork(threadStates(), threads);
      case CREATED -> Health.failing("the processor has not started yet");
      case REBALANCING ->
          Health.failing(
              restoring.tasks() == 0
                  ? "rebalancing: the instances are sharing out the partitions"
                  : "restoring the windows of %d tasks, %d records to go"
                      .formatted(restoring.tasks(), restoring.left()));
      case PENDING_SHUTDOWN, NOT_RUNNING -> Health.failing("the processor is being stopped");
      case PENDING_ERROR, ERROR -> liveness();
    };
  }

  private List<String> threadStates() {
    return streams.metadataForLocalThreads().stream().map(ThreadMetadata::threadState).toList();
  }

  /// Streams calls itself running while a thread that replaces another has not got anywhere.
  ///
  /// @param states of the threads that live, as Streams calls them
  static Health allAtWork(List<String> states, int threads) {
    long working = states.stream().filter(WORKING::equals).count();
    return working == threads && states.size() == threads
        ? Health.OK
        : Health.failing(
            "%d of %d threads work; all that live: %s"
                .formatted(
                    working,
                    threads,
                    states.stream()
                        .map(state -> state.toLowerCase(Locale.ROOT))
                        .sorted()
                        .collect(Collectors.joining(", "))));
  }

  /// Whether it can do its work; if not, only a new start helps.
  public Health liveness() {
    KafkaStreams.State state = streams.state();
    boolean broken = state == KafkaStreams.State.PENDING_ERROR || state == KafkaStreams.State.ERROR;
    Optional<Throwable> cause = failure();
    if (broken || cause.isPresent()) {
      return Health.failing(
          "the processor has stopped: "
              + cause.map(ProcessorRunner::sentence).orElse("Kafka Streams ends with an error"));
    }
    if (state.isRunningOrRebalancing() && streams.metadataForLocalThreads().isEmpty()) {
      return Health.failing("no stream thread is left");
    }
    return Health.OK;
  }

  private static String sentence(Throwable cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /// Adds what it counts, and what Kafka Streams measures.
  public void describe(Telemetry telemetry) {
    telemetry.own(to -> figures.write(to, metrics(), readiness().ok()));
    telemetry.kafkaStreams(streams);
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
    return new ProcessorMetrics(
        counters.consumed.sum(),
        counters.aggregated.sum(),
        counters.late.sum(),
        counters.deadLettered.sum(),
        counters.folded.sum(),
        counters.spilled.sum(),
        threadsReplaced.get());
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
