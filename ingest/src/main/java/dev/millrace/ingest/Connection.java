package dev.millrace.ingest;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's connection: requests are read, done and answered one after the other, by one
/// virtual thread in blocking code. What takes too long is ended from outside, by [#expire(long)].
final class Connection implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /// How long a client may go on sending what is not wanted, so that it gets to read why.
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final long LINGER_BYTES = 1 << 20;

  /// For what has to be done once an expired connection's thread has noticed.
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final Socket socket;
  private final Optional<Tls> tls;
  private final HttpLimits limits;
  private final Endpoints endpoints;
  private final InFlight inFlight;
  private final IngestMetrics metrics;

  /// When the client's time is over, by [System#nanoTime()]; without meaning while it is not its
  /// turn.
  private volatile long deadline;

  private volatile boolean clientsTurn;
  private volatile boolean expired;
  private volatile boolean idle;
  private volatile boolean ending;
  private volatile boolean cutShort;

  Connection(
      Socket socket,
      Optional<Tls> tls,
      HttpLimits limits,
      Endpoints endpoints,
      InFlight inFlight,
      IngestMetrics metrics) {
    this.socket = socket;
    this.tls = tls;
    this.limits = limits;
    this.endpoints = endpoints;
    this.inFlight = inFlight;
    this.metrics = metrics;
    // Before its thread has begun.
    allow(limits.headerTimeout());
  }

  @Override
  public void run() {
    try (Socket raw = socket;
        Socket talking = tls.isPresent() ? tls.get().accept(raw) : raw) {
      talking.setTcpNoDelay(true);
      talk(talking);
    } catch (IOException e) {
      // The client has gone, or speaks no TLS: there is nobody to tell.
      metrics.connectionBroken();
      LOG.debug("connection from {}", socket.getInetAddress(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void talk(Socket talking) throws IOException, InterruptedException {
    OutputStream out = talking.getOutputStream();
    try (ConnectionInput in = new ConnectionInput(talking.getInputStream(), inFlight)) {
      for (int left = HttpLimits.MAX_REQUESTS_PER_CONNECTION; awaitRequest(in); left--) {
        if (!serve(in, out, left > 1)) {
          linger(talking, in);
          return;
        }
      }
    } catch (Refusal refusal) {
      // Too much of it even to be skipped.
      LOG.debug("connection from {}", socket.getInetAddress(), refusal);
    }
  }

  private boolean awaitRequest(ConnectionInput in) throws IOException, Refusal {
    allow(limits.keepAlive());
    idle = true;
    // In this order: whoever ends it looks at `idle` after it has set `ending`.
    boolean more = !ending && in.await();
    idle = false;
    return more;
  }

  /// @return whether the connection can be used again
  private boolean serve(ConnectionInput in, OutputStream out, boolean more)
      throws IOException, InterruptedException, Refusal {
    allow(limits.headerTimeout());
    RequestHead head;
    try {
      head = in.head();
    } catch (Refusal refusal) {
      long begun = System.nanoTime();
      write(out, refused(refusal), false, true, begun);
      return false;
    }
    if (head == null) {
      return false;
    }
    long begun = System.nanoTime();
    Answer answer;
    boolean keepAlive;
    try (RequestBody body =
        new RequestBody(head, in, out, inFlight, limits.maxBody(), () -> clientsTurn = false)) {
      allow(limits.bodyTimeout());
      try {
        answer = endpoints.answer(head, body);
      } catch (Refusal refusal) {
        answer = refused(refusal);
      } catch (RuntimeException e) {
        LOG.error("{} {}", head.method(), head.path(), e);
        answer = new Refusal(500, "an error in the edge; its log has more").answer();
      }
      keepAlive = more && head.keepsAlive() && !expired && body.skip() && !ending;
    }
    // The room is given back before: a client may take its time to read.
    write(out, answer, keepAlive, !head.method().equals("HEAD"), begun);
    return keepAlive;
  }

  private Answer refused(Refusal refusal) {
    if (expired) {
      return new Refusal(408, "the request took too long to arrive").answer();
    }
    // Its rest was not waited for.
    return (cutShort ? Refusal.unavailable("the edge is being stopped", 1) : refusal).answer();
  }

  private void write(
      OutputStream out, Answer answer, boolean keepAlive, boolean withBody, long begun)
      throws IOException {
    allow(limits.bodyTimeout());
    out.write(answer.toBytes(keepAlive, withBody));
    metrics.answered(answer.status(), System.nanoTime() - begun);
  }

  /// A connection that is closed while the client still sends would be reset, and with it an answer
  /// that it has not read yet.
  private void linger(Socket talking, ConnectionInput in) throws IOException, Refusal {
    if (!expired) {
      allow(LINGER);
      talking.shutdownOutput();
      var _ = in.skip(LINGER_BYTES);
    }
  }

  private void allow(Duration time) {
    deadline = System.nanoTime() + time.toNanos();
    clientsTurn = true;
  }

  /// Ends what has taken too long: first the client can send no more, and what it sent is answered;
  /// if even that takes too long, it is cut off.
  ///
  /// @param now [System#nanoTime()]
  void expire(long now) {
    if (!clientsTurn || now - deadline < 0) {
      return;
    }
    if (expired) {
      cut();
      return;
    }
    expired = true;
    deadline = now + LAST_WORDS.toNanos();
    endInput();
  }

  /// Does what it has begun, and nothing more.
  void end() {
    ending = true;
    if (idle) {
      cutShort = true;
      endInput();
    }
  }

  /// Closes it, whatever it is doing.
  void cut() {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("closing the connection from {}", socket.getInetAddress(), e);
    }
  }

  private void endInput() {
    try {
      socket.shutdownInput();
    } catch (IOException e) {
      // It is closed already.
      LOG.debug("ending the connection from {}", socket.getInetAddress(), e);
    }
  }
}
