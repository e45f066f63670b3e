package dev.millrace.drill;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/// A sender that does what `docs/ingest.md` tells clients to do: small batches over HTTP, each with
/// an `Idempotency-Key`, and sent again until an answer settles what became of it. It keeps books
/// of each batch.
final class RetryingSender implements AutoCloseable {
  /// Its one service begins with that.
  static final String NAME = "retry";

  private static final Series SERIES = new Series(NAME + "-0", "/v1/again");
  private static final int BATCH_EVENTS = 10;
  private static final long EVERY_MS = 300;

  /// While the edge is away, batches wait; there is no use in more of them.
  private static final int MOST_OPEN = 64;

  /// Longer than the edge waits for Kafka.
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

  /// Where no answer says how long to wait.
  private static final long PAUSE_MS = 500;

  private static final long SETTLED_WITHIN_MS = 60_000;

  private static final int ACCEPTED = 202;

  /// Answers after which the same may be accepted.
  private static final Set<Integer> AGAIN = Set.of(408, 409, 429);

  private final URI url;
  private final IntSupplier edgeLife;
  private final RequestEventCodec codec = new RequestEventCodec();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Set<Thread> open = ConcurrentHashMap.newKeySet();
  private final Map<Cell, Sent.Fates> cells = new HashMap<>();
  private final List<Retried> batches = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private LedgerTotals totals = new LedgerTotals(0, 0, 0, 0);
  private final Thread pace;

  /// Begins to send.
  ///
  /// @param edge where it is
  /// @param edgeLife [Part#life] of it
  RetryingSender(URI edge, IntSupplier edgeLife) {
    this.url = edge.resolve("/v1/events");
    this.edgeLife = edgeLife;
    pace = Thread.ofPlatform().daemon().name(NAME).start(this::begin);
  }

  private void begin() {
    try {
      for (int batch = 0; ; batch++) {
        if (open.size() < MOST_OPEN) {
          String name = NAME + "-" + batch;
          Thread sending = Thread.ofVirtual().name(name).unstarted(() -> send(name));
          open.add(sending);
          bookBegun();
          sending.start();
        }
        Thread.sleep(EVERY_MS);
      }
    } catch (InterruptedException e) {
      // It is to end.
      return;
    }
  }

  private void send(String batch) {
    long now = System.currentTimeMillis();
    int life = edgeLife.getAsInt();
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < BATCH_EVENTS; i++) {
      events.add(
          new RequestEvent(
              batch + "-" + i,
              now,
              SERIES.service(),
              SERIES.route(),
              "POST",
              200,
              OptionalLong.of(1_000),
              100));
    }
    List<String> answers = new ArrayList<>();
    Retried.Fate fate = Retried.Fate.OPEN;
    try {
      fate = settle(request(batch, events), answers);
    } catch (InterruptedException e) {
      answers.add("the end of the drill");
    } catch (RuntimeException e) {
      answers.add(e.toString());
      throw e;
    } finally {
      List<String> ids = events.stream().map(RequestEvent::id).toList();
      int edges = processes(life, edgeLife.getAsInt());
      book(new Retried(batch, now, ids, answers, fate, edges), events);
      open.remove(Thread.currentThread());
    }
  }

  /// How many processes ran from one place of a [Part#life] to another: its odd numbers.
  static int processes(int from, int to) {
    return (to + 1) / 2 - from / 2;
  }

  private HttpRequest request(String batch, List<RequestEvent> events) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (RequestEvent event : events) {
      body.writeBytes(codec.encode(event));
      body.write('\n');
    }
    return HttpRequest.newBuilder(url)
        .timeout(ANSWER_WITHIN)
        .header("Content-Type", "application/x-ndjson")
        .header("Idempotency-Key", batch)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
        .build();
  }

  /// Sends until there is an answer that says what became of it.
  ///
  /// @param answers one for each attempt
  private Retried.Fate settle(HttpRequest request, List<String> answers)
      throws InterruptedException {
    while (true) {
      long begun = System.currentTimeMillis();
      long pause = PAUSE_MS;
      String answer;
      try {
        HttpResponse<Void> response = http.send(request, HttpResponse.BodyHandlers.discarding());
        int status = response.statusCode();
        answer = Integer.toString(status);
        if (status < 500 && !AGAIN.contains(status)) {
          answers.add(answer);
          return status == ACCEPTED ? Retried.Fate.ACCEPTED : Retried.Fate.REFUSED;
        }
        OptionalLong after = response.headers().firstValueAsLong("Retry-After");
        pause = after.isPresent() ? after.getAsLong() * 1_000 : PAUSE_MS;
      } catch (HttpTimeoutException e) {
        answer = "no answer";
      } catch (IOException e) {
        answer = "broken";
      }
      answers.add(
          String.format(
              Locale.ROOT, "%s after %.1f s", answer, (System.currentTimeMillis() - begun) / 1e3));
      Thread.sleep(pause);
    }
  }

  /// Apart from what became of it: a batch that is never booked leaves books that do not add up.
  private synchronized void bookBegun() {
    totals = totals.plus(new LedgerTotals(BATCH_EVENTS, 0, 0, 0));
  }

  private synchronized void book(Retried batch, List<RequestEvent> events) {
    batches.add(batch);
    int size = events.size();
    totals =
        totals.plus(
            switch (batch.fate()) {
              case ACCEPTED -> new LedgerTotals(0, size, 0, 0, 0);
              case REFUSED -> new LedgerTotals(0, 0, 0, size, 0);
              case OPEN -> new LedgerTotals(0, 0, 0, 0, size);
            });
    for (RequestEvent event : events) {
      Sent.Fates fates =
          switch (batch.fate()) {
            case ACCEPTED -> new Sent.Fates(Counts.of(event), 0);
            case REFUSED -> Sent.Fates.NONE;
            case OPEN -> new Sent.Fates(Counts.NONE, 1);
          };
      cells.merge(Cell.at(WindowSize.SECOND, event.time(), SERIES), fates, Sent.Fates::plus);
      if (batch.fate() == Retried.Fate.OPEN) {
        unknown.add(event.id());
      }
    }
  }

  /// Begins no more batches, and waits until the fate of those is known that it has begun; but not
  /// for ever.
  void finish() throws InterruptedException {
    pace.interrupt();
    pace.join();
    long deadline = System.currentTimeMillis() + SETTLED_WITHIN_MS;
    for (Thread sending : open) {
      if (!sending.join(Duration.ofMillis(Math.max(1, deadline - System.currentTimeMillis())))) {
        sending.interrupt();
        sending.join();
      }
    }
  }

  /// Adds what it has sent, once it has finished.
  synchronized void tell(Sent all) {
    all.add(NAME, totals);
    cells.forEach((cell, fates) -> all.add(NAME, cell, fates));
    unknown.forEach(id -> all.addUnknown(NAME, EventKey.ofId(id)));
    batches.forEach(all::add);
  }

  /// Nobody wants to know any more.
  @Override
  public void close() {
    pace.interrupt();
    open.forEach(Thread::interrupt);
    http.shutdownNow();
  }
}
