package dev.millrace.ingest;

import dev.millrace.events.RequestEventCodec;
import dev.millrace.telemetry.Health;
import dev.millrace.telemetry.LateTelemetry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP edge: takes events over HTTP, and answers when Kafka has them.
///
///     Listener ──▶ Connection ──▶ Endpoints ──▶ EventsEndpoint ──▶ EventBatch ──▶ EventProducer
///        │             └ RequestHead, RequestBody (within InFlight)                    │
///        └ limits, deadlines                                             Delivery ◀────┘
public final class IngestServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IngestServer.class);

  /// Who stops a process waits 30 s, mostly.
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(17);

  private static final long WATCH_MS = 1_000;

  /// The format of [IngestMetrics#text].
  private static final String TEXT = "text/plain;version=0.0.4";

  private final IngestMetrics metrics = new IngestMetrics();
  private final Optional<Tls> tls;
  private final Optional<ApiKeys> apiKeys;
  private final EventProducer producer;
  private final KafkaCheck kafka;
  private final Readiness readiness;
  private final LateTelemetry telemetry;
  private final Listener listener;
  private final Thread meeting;
  private final Thread watching;
  private volatile boolean closed;

  private IngestServer(IngestConfig config) throws IOException {
    HttpLimits limits = config.limits();
    tls = config.tls().isPresent() ? Optional.of(new Tls(config.tls().get())) : Optional.empty();
    apiKeys =
        config.apiKeys().isPresent()
            ? Optional.of(new ApiKeys(config.apiKeys().get(), System::nanoTime))
            : Optional.empty();
    InFlight inFlight = new InFlight(limits.maxInFlight());
    IdempotencyCache idempotency =
        new IdempotencyCache(System::nanoTime, IdempotencyCache.MAX_BYTES);
    producer = new EventProducer(config);
    meeting = Thread.ofVirtual().name("ingest-meet").unstarted(this::meet);
    kafka = new KafkaCheck(config);
    readiness = new Readiness(kafka, inFlight);
    telemetry = new LateTelemetry(producer::describe);
    EventsEndpoint events =
        new EventsEndpoint(
            producer,
            new RequestEventCodec(Clock.systemUTC(), config.maxFutureSkew()),
            apiKeys,
            idempotency,
            metrics);
    Endpoints endpoints =
        new Endpoints(
            events,
            readiness,
            () ->
                metrics.text(
                        inFlight, openConnections(), idempotency.evicted(), readiness.known().ok())
                    + new String(telemetry.scrape(TEXT).body(), StandardCharsets.UTF_8));
    try {
      listener =
          new Listener(
              config.host(),
              config.port(),
              tls.isPresent(),
              limits,
              socket -> new Connection(socket, tls, limits, endpoints, inFlight, metrics),
              metrics);
    } catch (IOException e) {
      kafka.close();
      producer.close();
      throw e;
    }
    watching = Thread.ofPlatform().name("ingest-watch").daemon().unstarted(this::watch);
  }

  /// Has virtual threads of this process run on half of the processors, if the user has not said on
  /// how many. The others are for Kafka's client, and for collecting garbage; without them, threads
  /// that carry connections wait for locks that are held by some that wait for a processor. To be
  /// called before there is a virtual thread.
  public static void leaveProcessorsToKafka() {
    String property = "jdk.virtualThreadScheduler.parallelism";
    if (System.getProperty(property) == null) {
      int processors = Runtime.getRuntime().availableProcessors();
      System.setProperty(property, Integer.toString(Math.max(1, processors / 2)));
    }
  }

  /// Begins to listen.
  ///
  /// @throws IOException if the port is taken or a file cannot be read; the message names it
  /// @throws IllegalArgumentException if a file has something in it that will not do, or the heap
  ///   is too small for what may be held
  public static IngestServer start(IngestConfig config) throws IOException {
    config.requireMemory(Runtime.getRuntime().maxMemory());
    IngestServer server = new IngestServer(config);
    server.meeting.start();
    server.watching.start();
    server.listener.start();
    return server;
  }

  private void meet() {
    try {
      producer.meet();
    } catch (KafkaException e) {
      // Readiness tells of it, to whom it concerns.
      LOG.info("Kafka does not answer yet: {}", e.getMessage());
    }
  }

  private void watch() {
    String told = "";
    boolean settled = false;
    while (!closed) {
      try {
        Thread.sleep(WATCH_MS);
        if (!settled) {
          // Who waits for the edge has it by now.
          settled = true;
          telemetry.prepare();
        }
        producer.giveUpOverdue(System.nanoTime());
        if (tls.isPresent() && tls.get().reloadIfChanged()) {
          LOG.info("read the certificate again");
        }
        if (apiKeys.isPresent() && apiKeys.get().reloadIfChanged()) {
          LOG.info("read the keys again");
        }
        told = "";
      } catch (IOException | RuntimeException e) {
        if (!told.equals(e.toString())) {
          LOG.error("going on with the certificate and keys read before: {}", e.toString());
          told = e.toString();
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /// The port that it listens on.
  public int port() {
    return listener.port();
  }

  /// What it has counted.
  public IngestMetrics metrics() {
    return metrics;
  }

  /// Connections now.
  public int openConnections() {
    return listener.openConnections();
  }

  /// Whether it should be sent requests now.
  public Health readiness() throws InterruptedException {
    return readiness.check();
  }

  /// Stops: takes no more connections, answers the requests that it has begun with, waits until
  /// Kafka has what was accepted. What takes longer than 17 s is cut off.
  @Override
  public void close() {
    readiness.drain();
    try {
      listener.drain(DRAIN_PATIENCE);
    } catch (IOException e) {
      LOG.warn("stopping to listen: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    watching.interrupt();
    telemetry.close();
    producer.close();
    kafka.close();
  }
}
