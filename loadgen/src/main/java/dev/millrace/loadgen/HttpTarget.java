package dev.millrace.loadgen;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;

/// Sends events to an HTTP edge, in batches, over so many connections, each of them a virtual
/// thread that has one request on its way. Nothing is sent twice: a request that failed tells what
/// became of its events, or leaves it unknown.
final class HttpTarget implements Target {
  /// As with Kafka: what was not even sent by then has failed.
  private static final long DELIVERY_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long READY_TICK_MS = 200;
  private static final int READY = 200;

  /// How long the first event of a batch waits for others.
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /// What may wait for a connection, bytes.
  private static final long BUFFER_BYTES = 16L << 20;

  /// How long an event waits for room: with a schedule no longer than a hiccup.
  private static final long PACED_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long UNPACED_NANOS = TimeUnit.SECONDS.toNanos(5);

  /// An edge that is not there is not to be asked thousands of times a second.
  private static final long RECONNECT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// Why an edge could not be connected to, and until when that is taken for granted.
  private record Away(NotAcknowledged failure, long untilNanos) {}

  /// How long what is on its way is waited for when somebody wants the end.
  private static final long LAST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final HttpTargetConfig config;
  private final boolean paced;
  private final long patienceNanos;
  private final long readyNanos;
  private final HttpBatches batches;
  private final HttpClient http;
  private final URI events;
  private final List<Thread> connections = new ArrayList<>();
  private volatile Away away;
  private long requests;
  private long queueNanos;
  private long requestNanos;

  /// @param paced whether there is a schedule that must go on when the edge is away
  HttpTarget(HttpTargetConfig config, boolean paced) {
    this(config, paced, paced ? PACED_NANOS : UNPACED_NANOS, BUFFER_BYTES, READY_NANOS);
  }

  /// @param patienceNanos how long an event waits for room
  /// @param bufferBytes what may wait for a connection
  /// @param readyNanos how long the edge may take to be ready
  HttpTarget(
      HttpTargetConfig config,
      boolean paced,
      long patienceNanos,
      long bufferBytes,
      long readyNanos) {
    this.config = config;
    this.paced = paced;
    this.patienceNanos = patienceNanos;
    this.readyNanos = readyNanos;
    batches = new HttpBatches(config.batch(), LINGER_NANOS, bufferBytes);
    events = URI.create(config.url() + "/v1/events");
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    Thread.Builder threads = Thread.ofVirtual().name("millrace-http-", 0);
    for (int i = 0; i < config.connections(); i++) {
      connections.add(threads.start(this::deliver));
    }
  }

  @Override
  public void awaitReady() throws IOException {
    long until = System.nanoTime() + readyNanos;
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create(config.url() + "/health/ready"))
            .timeout(CONNECT_TIMEOUT)
            .build();
    try {
      String cause = notReady(ready);
      while (!cause.isEmpty()) {
        if (System.nanoTime() > until) {
          throw new IOException(
              "the edge at "
                  + config.url()
                  + " was not ready within "
                  + TimeUnit.NANOSECONDS.toSeconds(readyNanos)
                  + " s: "
                  + cause);
        }
        Thread.sleep(READY_TICK_MS);
        cause = notReady(ready);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// @return the cause; empty if it is ready
  private String notReady(HttpRequest ready) throws InterruptedException {
    try {
      HttpResponse<byte[]> answer = http.send(ready, BodyHandlers.ofByteArray());
      String said = new String(answer.body(), StandardCharsets.UTF_8).strip();
      return answer.statusCode() == READY
          ? ""
          : "/health/ready is answered with "
              + answer.statusCode()
              + (said.isEmpty() ? "" : ", " + said.lines().findFirst().orElseThrow());
    } catch (IOException e) {
      return text(e);
    }
  }

  /// The key is for Kafka's records, which the edge makes.
  @Override
  public void send(byte[] key, byte[] json, long time, Callback whenSettled) {
    if (!batches.add(json, whenSettled, patienceNanos)) {
      whenSettled.onCompletion(null, new BufferExhaustedException(noRoom()));
    }
  }

  @Override
  public String noRoom() {
    return String.format(
        Locale.ROOT,
        "the edge at %s is too slow: all of %,d connections wait for it, and the buffer is full",
        config.url(),
        config.connections());
  }

  /// What one connection does.
  private void deliver() {
    try {
      for (HttpBatch batch = batches.take(); batch != null; batch = batches.take()) {
        try {
          deliver(batch);
        } finally {
          batches.settled();
        }
      }
    } catch (InterruptedException e) {
      // Closed: there is nothing more to do.
      return;
    }
  }

  private void deliver(HttpBatch batch) throws InterruptedException {
    long start = System.nanoTime();
    if (start - batch.sinceNanos() > DELIVERY_NANOS) {
      settle(batch, NotAcknowledged.failed("no connection was free for 30 s"));
      return;
    }
    Away known = away;
    if (paced && known != null && known.untilNanos() - start > 0) {
      // To wait would fill the buffer, and hold the schedule up.
      settle(batch, known.failure());
      return;
    }
    try {
      HttpResponse<byte[]> response = http.send(request(batch), BodyHandlers.ofByteArray());
      settle(
          batch,
          EdgeAnswer.read(response.statusCode(), response.body(), batch.events()),
          start,
          System.nanoTime());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      NotAcknowledged failure =
          NotAcknowledged.failed("no connection to " + config.url() + ": " + text(e));
      away = new Away(failure, System.nanoTime() + RECONNECT_PAUSE_NANOS);
      settle(batch, failure);
      if (!paced) {
        TimeUnit.NANOSECONDS.sleep(RECONNECT_PAUSE_NANOS);
      }
    } catch (IOException e) {
      settle(batch, NotAcknowledged.unknown("no answer from " + config.url() + ": " + text(e)));
    } catch (InterruptedException e) {
      settle(batch, NotAcknowledged.unknown("its answer was not waited for"));
      throw e;
    }
  }

  private HttpRequest request(HttpBatch batch) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(events)
            .timeout(REQUEST_TIMEOUT)
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofByteArray(batch.body(config.gzip())));
    if (config.gzip()) {
      request.header("Content-Encoding", "gzip");
    }
    config.apiKey().ifPresent(key -> request.header("Authorization", "Bearer " + key));
    return request.build();
  }

  /// Some of the client's exceptions have no message.
  private static String text(Exception e) {
    if (e.getMessage() != null) {
      return e.getMessage();
    }
    return e instanceof ConnectException ? "connection refused" : e.getClass().getSimpleName();
  }

  // Counters and figures have one writer: fates are told one after the other.

  private synchronized void settle(
      HttpBatch batch, EdgeAnswer answer, long startNanos, long endNanos) {
    requests++;
    queueNanos += startNanos - batch.sinceNanos();
    requestNanos += endNanos - startNanos;
    batch.settle(answer);
  }

  private synchronized void settle(HttpBatch batch, NotAcknowledged failure) {
    batch.settle(failure);
  }

  @Override
  public synchronized SenderWaits waits() {
    double ofEachMs = 1e6 * Math.max(1, requests);
    return new SenderWaits(
        batches.blockedNanos() / 1e9, queueNanos / ofEachMs, requestNanos / ofEachMs);
  }

  /// At most as long as an event may wait, and a request after that.
  @Override
  public void flush() {
    var _ = batches.awaitSettled(DELIVERY_NANOS + 2 * REQUEST_TIMEOUT.toNanos());
  }

  @Override
  public void close() {
    close(LAST_PATIENCE_NANOS);
  }

  @Override
  public void abandon() {
    close(0);
  }

  private void close(long patience) {
    batches.close();
    var _ = batches.awaitSettled(patience);
    connections.forEach(Thread::interrupt);
    try {
      for (Thread connection : connections) {
        connection.join();
      }
      for (HttpBatch batch = batches.take(); batch != null; batch = batches.take()) {
        settle(batch, NotAcknowledged.failed("it was not sent any more"));
        batches.settled();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.shutdownNow();
  }
}
