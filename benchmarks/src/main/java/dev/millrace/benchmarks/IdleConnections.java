package dev.millrace.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Connections that have been used once and then are kept, from several addresses of this machine,
/// and one beside them that is used.
final class IdleConnections implements AutoCloseable {
  /// One address has some 28,000 ports to come from.
  private static final int PER_ADDRESS = 2_000;

  private static final byte[] LIVE =
      "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final int port;
  private final List<Socket> sockets = new ArrayList<>();

  IdleConnections(int port) {
    this.port = port;
  }

  /// Opens so many.
  ///
  /// @throws BenchException if there cannot be so many
  void open(int count, Stop stop) {
    for (int i = 0; i < count; i++) {
      if (i % 100 == 0) {
        stop.check();
      }
      try {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.bind(
            new InetSocketAddress(
                InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + i / PER_ADDRESS)}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        ask(socket, LIVE);
      } catch (IOException e) {
        throw new BenchException(
            "only %,d of %,d connections could be opened: %s; fewer --idle-connections, or a higher"
                    .formatted(i, count, e.getMessage())
                + " 'ulimit -n' for this shell",
            e);
      }
    }
  }

  /// Sends single events over one more connection, one after the other.
  ///
  /// @return the median time to an answer, microseconds
  double medianUs(int requests) {
    String event =
        "{\"time\":%d,\"service\":\"checkout\",\"route\":\"/v1/items\",\"status\":200}"
            .formatted(System.currentTimeMillis());
    byte[] request =
        ("POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                + "Content-Length: "
                + event.length()
                + "\r\n\r\n"
                + event)
            .getBytes(StandardCharsets.US_ASCII);
    long[] nanos = new long[requests];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      for (int i = 0; i < requests; i++) {
        long begun = System.nanoTime();
        ask(socket, request);
        nanos[i] = System.nanoTime() - begun;
      }
    } catch (IOException e) {
      throw new BenchException("a request beside idle connections failed: " + e.getMessage(), e);
    }
    Arrays.sort(nanos);
    return nanos[requests / 2] / 1e3;
  }

  private static void ask(Socket socket, byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[1_024];
    int length = 0;
    // All answers here are short, and end in a line of their own.
    while (length < 20 || buffer[length - 1] != '\n' || buffer[length - 2] == '\r') {
      int read = in.read(buffer, length, buffer.length - length);
      if (read < 0) {
        throw new IOException("closed by the server");
      }
      length += read;
    }
    String answer = new String(buffer, 0, length, StandardCharsets.US_ASCII);
    if (!answer.startsWith("HTTP/1.1 20")) {
      throw new IOException(answer);
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
