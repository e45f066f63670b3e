package dev.millrace.loadgen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;

/// Sends events to an HTTP edge, in batches, over so many connections, each of them a virtual
/// thread that has one request on its way. Nothing is sent twice: a request that failed tells what
/// became of its events, or leaves it unknown.
final class HttpTarget implements Target {
  private static final long READY_TICK_MS = 200;
  private static final int READY = 200;

  /// How long the first event of a batch waits for others.
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /// What may wait for a connection, bytes.
  private static final long BUFFER_BYTES = 16L << 20;

  /// How often it is looked at what takes too long.
  private static final long WATCH_MS = 100;

  /// How long what is on its way is waited for when somebody wants the end.
  private static final long LAST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// How long a thread is waited for that was told to end. One that looks a host up does not
  /// listen.
  private static final Duration THREAD_PATIENCE = Duration.ofSeconds(2);

  /// Why an edge could not be connected to, and for how long that is taken for granted.
  private record Away(NotAcknowledged failure, long sinceNanos, long untilNanos) {}

  private final HttpTargetConfig config;
  private final boolean paced;
  private final HttpTimes times;
  private final BooleanSupplier stopped;
  private final HttpBatches batches;
  private final EdgeRequests requests;
  private final List<Lane> lanes = new ArrayList<>();
  private final Thread watch;
  private volatile Away away;

  /// When a request was answered last, by [System#nanoTime()]; for none, long ago.
  private volatile long answeredNanos;

  private volatile boolean ended;
  private long answers;
  private long queueNanos;
  private long requestNanos;

  /// @param paced whether there is a schedule that must go on when the edge is away
  /// @param stopped whether somebody wants the end
  HttpTarget(HttpTargetConfig config, boolean paced, BooleanSupplier stopped) {
    this(config, paced, stopped, HttpTimes.of(paced), BUFFER_BYTES);
  }

  /// @param bufferBytes what may wait for a connection
  HttpTarget(
      HttpTargetConfig config,
      boolean paced,
      BooleanSupplier stopped,
      HttpTimes times,
      long bufferBytes) {
    this.config = config;
    this.paced = paced;
    this.times = times;
    this.stopped = stopped;
    // Without a schedule nothing is gained by a long queue, but that its end waits long.
    int waiting = paced ? Integer.MAX_VALUE : 2 * config.connections();
    batches = new HttpBatches(config.batch(), LINGER_NANOS, bufferBytes, waiting, stopped);
    requests = new EdgeRequests(config);
    answeredNanos = System.nanoTime() - TimeUnit.DAYS.toNanos(1);
    Thread.Builder threads = Thread.ofVirtual().name("millrace-http-", 0);
    for (int i = 0; i < config.connections(); i++) {
      lanes.add(new Lane());
    }
    lanes.forEach(lane -> lane.thread = threads.start(lane));
    watch = Thread.ofPlatform().daemon().name("millrace-http-watch").start(this::watch);
  }

  private void watch() {
    try {
      while (!ended) {
        Thread.sleep(WATCH_MS);
        long now = System.nanoTime();
        lanes.forEach(lane -> lane.connection.expire(now));
      }
    } catch (InterruptedException e) {
      // There is nothing more to watch.
      return;
    }
  }

  @Override
  public void awaitReady() throws IOException {
    long end = System.nanoTime() + times.ready().toNanos();
    String cause = "it does not answer";
    while (true) {
      FutureTask<String> asking = new FutureTask<>(this::notReady);
      Thread asker = Thread.ofVirtual().start(asking);
      // One that gets no answer is not the last one.
      long until = Math.min(end, System.nanoTime() + times.connect().toNanos());
      cause = awaitAnswer(asking, until, cause);
      asker.interrupt();
      if (cause.isEmpty()) {
        return;
      }
      if (stopped.getAsBoolean() || System.nanoTime() >= end) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "the edge at %s was not ready %s: %s",
                config.url(),
                stopped.getAsBoolean()
                    ? "before the end was asked for"
                    : "within " + times.ready().toSeconds() + " s",
                cause));
      }
      pauseMs(READY_TICK_MS);
    }
  }

  /// @return what was answered; what was known before if that does not come
  private String awaitAnswer(FutureTask<String> asking, long until, String before)
      throws IOException {
    // In ticks, because somebody may want the end.
    while (!asking.isDone() && !stopped.getAsBoolean() && System.nanoTime() < until) {
      pauseMs(READY_TICK_MS / 10);
    }
    if (!asking.isDone()) {
      return before;
    }
    return switch (asking.state()) {
      case SUCCESS -> asking.resultNow();
      default -> throw new IOException(asking.exceptionNow());
    };
  }

  private static void pauseMs(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// @return the cause; empty if it is ready
  private String notReady() {
    try (EdgeConnection connection = new EdgeConnection(config)) {
      connection.connect(times.connect().toNanos());
      HttpReplies.Reply reply = connection.exchange(requests.ready(), times.connect().toNanos());
      String said = new String(reply.body(), StandardCharsets.UTF_8).strip();
      return reply.status() == READY
          ? ""
          : "/health/ready is answered with "
              + reply.status()
              + (said.isEmpty() ? "" : ", " + said.lines().findFirst().orElseThrow());
    } catch (IOException e) {
      return EdgeConnection.text(e);
    }
  }

  /// The key is for Kafka's records, which the edge makes.
  @Override
  public void send(byte[] key, byte[] json, long time, Callback whenSettled) {
    if (!batches.add(json, whenSettled, times.room().toNanos())) {
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

  /// A connection and the thread that uses it.
  private final class Lane implements Runnable {
    private final EdgeConnection connection = new EdgeConnection(config);
    private Thread thread;

    /// What it is at; null if it waits.
    private volatile HttpBatch current;

    /// It could not connect, while others are answered or there is no hurry.
    private boolean pausing;

    @Override
    public void run() {
      try (connection) {
        for (HttpBatch batch = batches.take(); batch != null; batch = batches.take()) {
          current = batch;
          try {
            deliver(batch);
          } catch (Throwable e) {
            // Whatever it is, the books must balance, and the other batches be sent.
            connection.close();
            settle(batch, NotAcknowledged.unknown("an error of the generator's: " + e));
          } finally {
            current = null;
            batches.settled();
          }
          if (pausing) {
            pausing = false;
            Thread.sleep(times.pause());
          }
        }
      } catch (InterruptedException e) {
        // Closed: there is nothing more to do.
        return;
      }
    }

    private void deliver(HttpBatch batch) {
      long start = System.nanoTime();
      if (paced && start - batch.sinceNanos() > times.delivery().toNanos()) {
        settle(
            batch,
            NotAcknowledged.failed(
                "no connection was free for " + times.delivery().toSeconds() + " s"));
        return;
      }
      Away known = away;
      if (known != null
          && !connection.isOpen()
          && known.untilNanos() - start > 0
          && known.sinceNanos() - answeredNanos > 0) {
        // To wait would fill the buffer, and hold the schedule up.
        settle(batch, known.failure());
        return;
      }
      var request = requests.of(batch);
      if (!connection.isUsable() && !connect(batch)) {
        return;
      }
      try {
        HttpReplies.Reply reply = connection.exchange(request, times.exchange().toNanos());
        long end = System.nanoTime();
        answeredNanos = end;
        settle(batch, EdgeAnswer.read(reply.status(), reply.body(), batch.events()), start, end);
      } catch (IOException e) {
        settle(
            batch,
            NotAcknowledged.unknown(
                "no answer from " + config.url() + ": " + EdgeConnection.text(e)));
      }
    }

    private boolean connect(HttpBatch batch) {
      try {
        connection.connect(times.connect().toNanos());
        return true;
      } catch (IOException e) {
        NotAcknowledged failure =
            NotAcknowledged.failed(
                "no connection to " + config.url() + ": " + EdgeConnection.text(e));
        long now = System.nanoTime();
        long pause = times.pause().toNanos();
        if (paced && now - answeredNanos > pause) {
          away = new Away(failure, now, now + pause);
        } else {
          pausing = true;
        }
        settle(batch, failure);
        return false;
      }
    }
  }

  // Counters and figures have one writer: fates are told one after the other.

  private synchronized void settle(
      HttpBatch batch, EdgeAnswer answer, long startNanos, long endNanos) {
    answers++;
    queueNanos += startNanos - batch.sinceNanos();
    requestNanos += endNanos - startNanos;
    batch.settle(answer);
  }

  private synchronized void settle(HttpBatch batch, NotAcknowledged failure) {
    batch.settle(failure);
  }

  @Override
  public synchronized SenderWaits waits() {
    double ofEachMs = 1e6 * Math.max(1, answers);
    return new SenderWaits(
        batches.blockedNanos() / 1e9, queueNanos / ofEachMs, requestNanos / ofEachMs);
  }

  @Override
  public void flush() {
    var _ = batches.awaitSettled(settleTime().toNanos());
  }

  @Override
  public Duration settleTime() {
    return times.settled();
  }

  @Override
  public void close() {
    close(LAST_PATIENCE_NANOS);
  }

  @Override
  public void abandon() {
    close(0);
  }

  private void close(long patienceNanos) {
    if (ended) {
      return;
    }
    batches.close();
    var _ = batches.awaitSettled(patienceNanos);
    // Somebody who is in a hurry does not want less to be told.
    boolean interrupted = Thread.interrupted();
    lanes.forEach(lane -> lane.thread.interrupt());
    interrupted |= joinLanes();
    for (Lane lane : lanes) {
      HttpBatch left = lane.current;
      if (left != null) {
        settle(left, NotAcknowledged.unknown("its answer was not waited for"));
      }
    }
    for (HttpBatch batch = batches.poll(); batch != null; batch = batches.poll()) {
      settle(batch, NotAcknowledged.failed("it was not sent any more"));
      batches.settled();
    }
    ended = true;
    watch.interrupt();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return whether this was interrupted
  private boolean joinLanes() {
    long end = System.nanoTime() + THREAD_PATIENCE.toNanos();
    try {
      for (Lane lane : lanes) {
        var _ = lane.thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      }
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }
}
