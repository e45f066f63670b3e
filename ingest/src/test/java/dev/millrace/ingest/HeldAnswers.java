package dev.millrace.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A way to a server on this machine, on which answers can be held back: the server gets what it is
/// sent, and nobody hears of it.
final class HeldAnswers implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int server;
  private boolean held;

  HeldAnswers() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  void leadTo(int port) {
    server = port;
  }

  synchronized void hold(boolean hold) {
    held = hold;
    notifyAll();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket to = new Socket(InetAddress.getLoopbackAddress(), server);
        sockets.add(client);
        sockets.add(to);
        Thread.ofVirtual().start(() -> pass(client, to, false));
        Thread.ofVirtual().start(() -> pass(to, client, true));
      }
    } catch (IOException e) {
      // It is closed.
      return;
    }
  }

  private void pass(Socket from, Socket to, boolean answers) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] chunk = new byte[8 << 10];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (answers) {
          awaitLeave();
        }
        out.write(chunk, 0, n);
      }
    } catch (IOException e) {
      // One of the two has gone, and so does the other.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void awaitLeave() throws InterruptedException {
    while (held) {
      wait();
    }
  }

  @Override
  public void close() throws IOException {
    hold(false);
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
