package dev.millrace.loadgen;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A server that says what a test wants, byte by byte, also what no HTTP server would.
final class RawServer implements AutoCloseable {
  /// What happens on a connection, from its start to its end.
  interface Script {
    void run(Talk talk) throws Exception;
  }

  /// One connection.
  static final class Talk {
    private final Socket socket;
    private final BufferedReader in;

    Talk(Socket socket) throws IOException {
      this.socket = socket;
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    /// Reads a request.
    ///
    /// @return its body; null if there is none to come
    String request() throws IOException {
      int length = 0;
      String line = in.readLine();
      if (line == null) {
        return null;
      }
      for (; !line.isEmpty(); line = in.readLine()) {
        if (line.startsWith("Content-Length: ")) {
          length = Integer.parseInt(line.substring(16));
        }
      }
      char[] body = new char[length];
      int read = 0;
      while (read < length) {
        read += in.read(body, read, length - read);
      }
      return new String(body);
    }

    void say(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void accept(int events) throws IOException {
      String body = "{\"accepted\":" + events + "}";
      say("HTTP/1.1 202 Accepted\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /// Until the client closes it.
    void awaitEnd() throws IOException {
      while (in.read() >= 0) {}
    }
  }

  private final ServerSocket server;
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();

  RawServer(Script script) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> accept(script));
  }

  private void accept(Script script) {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                script.run(new Talk(socket));
              } catch (Exception e) {
                // The client has gone, or the test is over.
                return;
              }
            });
      }
    } catch (IOException e) {
      // It is closed.
      return;
    }
  }

  String url(String scheme) {
    return scheme + "://127.0.0.1:" + server.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  /// Takes no further connection; those that are open stay.
  void stopListening() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stopListening();
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
