package dev.millrace.ingest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes connections, each to be served by a virtual thread of its own, and watches over their
/// number and their deadlines. Nothing that a client does can keep it from taking the next one.
final class Listener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  /// As many as may arrive while the thread that takes them has no processor.
  private static final int BACKLOG = 4_096;

  private static final long SWEEP_MS = 100;

  /// Until descriptors are free again.
  private static final long ACCEPT_PAUSE_MS = 50;

  private final ServerSocket server;
  private final boolean secure;
  private final HttpLimits limits;
  private final Function<Socket, Connection> connections;
  private final IngestMetrics metrics;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
  private final Thread accepting =
      Thread.ofPlatform().name("ingest-accept").unstarted(this::accept);
  private final Thread sweeping =
      Thread.ofPlatform().name("ingest-sweep").daemon().unstarted(this::sweep);
  private volatile boolean closed;

  /// Binds; connections wait until it is started.
  ///
  /// @param secure whether TLS is spoken
  /// @param connections makes what serves a socket
  /// @throws IOException if the address cannot be had; the message names it
  Listener(
      String host,
      int port,
      boolean secure,
      HttpLimits limits,
      Function<Socket, Connection> connections,
      IngestMetrics metrics)
      throws IOException {
    this.secure = secure;
    this.limits = limits;
    this.connections = connections;
    this.metrics = metrics;
    this.server = new ServerSocket();
    try {
      server.bind(new InetSocketAddress(host, port), BACKLOG);
    } catch (IOException e) {
      server.close();
      throw new IOException("--port " + port + " on " + host + ": " + e.getMessage(), e);
    }
  }

  void start() {
    accepting.start();
    sweeping.start();
  }

  int port() {
    return server.getLocalPort();
  }

  /// Connections now.
  int openConnections() {
    return open.size();
  }

  private void accept() {
    boolean failing = false;
    while (!closed) {
      try {
        Socket socket = server.accept();
        failing = false;
        take(socket);
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // Mostly that there are no descriptors left. The client waits in the backlog meanwhile.
        if (!closed && !failing) {
          LOG.warn("cannot take connections: {}; trying on", e.getMessage());
        }
        failing = true;
        pause(ACCEPT_PAUSE_MS);
      }
    }
  }

  private void take(Socket socket) {
    InetAddress address = socket.getInetAddress();
    int ofAddress = byAddress.merge(address, 1, Integer::sum);
    if (open.size() >= limits.maxConnections()) {
      refuse(socket, "the edge has as many connections as it may");
    } else if (ofAddress > limits.maxConnectionsPerAddress()) {
      refuse(socket, "your address has as many connections as it may");
    } else {
      serve(connections.apply(socket), address);
    }
  }

  private void serve(Connection connection, InetAddress address) {
    open.add(connection);
    metrics.connectionOpened();
    try {
      var _ =
          Thread.ofVirtual()
              .name("ingest-connection")
              .start(() -> {
                try {
                  connection.run();
                } finally {
                  forget(connection, address);
                }
              });
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.error("a connection could not be served", e);
      forget(connection, address);
      connection.cut();
    }
  }

  private void forget(Connection connection, InetAddress address) {
    open.remove(connection);
    leave(address);
  }

  private void leave(InetAddress address) {
    byAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
  }

  /// What is written fits into the socket's buffer: this does not wait. Who speaks TLS would not
  /// understand it.
  private void refuse(Socket socket, String detail) {
    leave(socket.getInetAddress());
    metrics.connectionRefused();
    try (socket) {
      if (secure) {
        return;
      }
      Answer answer = Refusal.unavailable(detail, 1).answer();
      socket.getOutputStream().write(answer.toBytes(false, true));
      socket.shutdownOutput();
    } catch (IOException e) {
      LOG.debug("refusing {}", socket.getInetAddress(), e);
    }
  }

  private void sweep() {
    while (!closed || !open.isEmpty()) {
      try {
        long now = System.nanoTime();
        open.forEach(connection -> connection.expire(now));
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("deadlines could not be looked at; trying on", e);
      }
      pause(SWEEP_MS);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes no more connections, and lets those that there are finish what they have begun.
  ///
  /// @param patience how long they may take; then they are cut
  void drain(Duration patience) throws IOException, InterruptedException {
    closed = true;
    server.close();
    accepting.join();
    open.forEach(Connection::end);
    long until = System.nanoTime() + patience.toNanos();
    while (!open.isEmpty() && System.nanoTime() < until) {
      Thread.sleep(5);
    }
    close();
  }

  /// Stops at once.
  @Override
  public void close() throws IOException {
    closed = true;
    server.close();
    open.forEach(Connection::cut);
  }
}
