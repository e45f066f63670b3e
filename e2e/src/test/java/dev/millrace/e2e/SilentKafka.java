package dev.millrace.e2e;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands between a client and a broker, and swallows one kind of request. A client that asks where
/// the brokers are is told of this one.
final class SilentKafka implements AutoCloseable {
  /// Gives an idempotent producer its id.
  static final int INIT_PRODUCER_ID = 22;

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int broker;
  private final int swallowed;
  private final AtomicInteger count = new AtomicInteger();

  /// @param broker port on the same machine
  /// @param swallowed key of the requests, as in Kafka's protocol
  SilentKafka(int broker, int swallowed) throws IOException {
    this.broker = broker;
    this.swallowed = swallowed;
    Thread.ofVirtual().start(this::accept);
  }

  String bootstrapServers() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /// How many requests were swallowed.
  int count() {
    return count.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket behind = new Socket(InetAddress.getLoopbackAddress(), broker);
        Thread.ofVirtual().start(() -> pass(client, behind, true));
        Thread.ofVirtual().start(() -> pass(behind, client, false));
      }
    } catch (IOException e) {
      // It is closed.
      return;
    }
  }

  private void pass(Socket from, Socket to, boolean requests) {
    try (from;
        to;
        DataInputStream in = new DataInputStream(from.getInputStream());
        DataOutputStream out = new DataOutputStream(to.getOutputStream())) {
      while (true) {
        byte[] frame = in.readNBytes(in.readInt());
        if (requests && ByteBuffer.wrap(frame).getShort() == swallowed) {
          count.incrementAndGet();
          continue;
        }
        byte[] passed = requests ? frame : redirected(frame);
        ByteBuffer whole = ByteBuffer.allocate(4 + passed.length);
        out.write(whole.putInt(passed.length).put(passed).array());
      }
    } catch (IOException e) {
      // One of them has gone.
      return;
    }
  }

  /// Host and port of the broker stand side by side in an answer; the port gets another one.
  private byte[] redirected(byte[] answer) {
    byte[] host = "127.0.0.1".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer bytes = ByteBuffer.wrap(answer);
    for (int at = 0; at + host.length + 4 <= answer.length; at++) {
      if (bytes.slice(at, host.length).equals(ByteBuffer.wrap(host))
          && bytes.getInt(at + host.length) == broker) {
        bytes.putInt(at + host.length, server.getLocalPort());
      }
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
