package dev.millrace.drill;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports for parts that are to find them free again whenever they start.
final class FreePorts {
  private static final int ATTEMPTS = 100;

  // None that the system gives to whoever connects.
  private static final int FIRST = 20_000;
  private static final int LAST = 32_000;

  private FreePorts() {}

  /// @return so many, each another one
  static List<Integer> find(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      while (held.size() < count) {
        held.add(bind());
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private static ServerSocket bind() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return new ServerSocket(ThreadLocalRandom.current().nextInt(FIRST, LAST));
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }
}
