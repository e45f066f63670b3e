package dev.millrace.sink;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Stands between the sink and PostgreSQL, and cuts the connection at a commit.
final class CuttingProxy implements AutoCloseable {
  /// Where the next commit is cut.
  enum Cut {
    NOWHERE,
    /// The server never hears of it, and rolls back.
    BEFORE_IT_ARRIVES,
    /// The server has done it, and the client never hears of that.
    BEFORE_ITS_ANSWER
  }

  private final ServerSocket listener;
  private final int target;
  private volatile Cut next = Cut.NOWHERE;

  CuttingProxy(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /// Once.
  void cutNextCommit(Cut where) {
    next = where;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        Thread.ofVirtual().start(() -> toServer(client, server));
        Thread.ofVirtual().start(() -> toClient(server, client));
      }
    } catch (IOException closed) {
      if (!listener.isClosed()) {
        throw new UncheckedIOException(closed);
      }
    }
  }

  private void toServer(Socket client, Socket server) {
    byte[] buffer = new byte[1 << 16];
    try (client;
        server) {
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        boolean isCommit = new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains("COMMIT");
        if (isCommit && next == Cut.BEFORE_IT_ARRIVES) {
          next = Cut.NOWHERE;
          return;
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException broken) {
      // The other direction has ended it.
    }
  }

  private void toClient(Socket server, Socket client) {
    byte[] buffer = new byte[1 << 16];
    byte[] tag = "COMMIT\0".getBytes(StandardCharsets.ISO_8859_1);
    try (client;
        server) {
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (next == Cut.BEFORE_ITS_ANSWER && contains(buffer, n, tag)) {
          next = Cut.NOWHERE;
          return;
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException broken) {
      // The other direction has ended it.
    }
  }

  private static boolean contains(byte[] buffer, int length, byte[] part) {
    for (int i = 0; i + part.length <= length; i++) {
      if (Arrays.equals(buffer, i, i + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
