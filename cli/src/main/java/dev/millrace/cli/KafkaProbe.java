package dev.millrace.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/// Finds out within seconds whether Kafka answers. Its clients would try for minutes, and tell of
/// it in their logs only.
final class KafkaProbe {
  private static final int DEADLINE_MS = 18_000;
  private static final int CONNECT_TIMEOUT_MS = 3_000;
  private static final int ANSWER_TIMEOUT_MS = 15_000;

  private KafkaProbe() {}

  /// @return the cluster's id
  /// @throws UserException with address and cause if Kafka does not answer
  static String requireReachable(String bootstrapServers, Map<String, String> settings) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MS);
    requireConnection(bootstrapServers, deadline);
    int answerTimeoutMs = Math.min(ANSWER_TIMEOUT_MS, leftMs(deadline));
    Map<String, Object> admin = new HashMap<>(settings);
    admin.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    admin.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, answerTimeoutMs);
    admin.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, answerTimeoutMs);
    Admin client = Admin.create(admin);
    try {
      return client.describeCluster().clusterId().get(answerTimeoutMs, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw unreachable(
          bootstrapServers, "it accepts connections, but: " + e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw unreachable(
          bootstrapServers, "it accepts connections, but does not answer like a Kafka broker", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserException("interrupted", e);
    } finally {
      // Without a limit it waits for as long as a mute server lets its requests wait.
      client.close(Duration.ofSeconds(1));
    }
  }

  private static void requireConnection(String bootstrapServers, long deadline) {
    String cause = "no address given";
    IOException last = null;
    for (String server : bootstrapServers.split(",", -1)) {
      int colon = server.lastIndexOf(':');
      int port = colon < 0 ? -1 : port(server.substring(colon + 1));
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException(
            "--bootstrap-server " + server + ": must be HOST:PORT, with a port of 1 to 65535");
      }
      String host = server.substring(0, colon).strip().replaceAll("^\\[|]$", "");
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(host, port), Math.min(CONNECT_TIMEOUT_MS, leftMs(deadline)));
        return;
      } catch (IOException e) {
        last = e;
        cause = e instanceof UnknownHostException ? "unknown host " + host : e.getMessage();
      }
    }
    throw unreachable(bootstrapServers, cause, last);
  }

  private static int leftMs(long deadline) {
    return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
  }

  private static int port(String text) {
    return text.strip().matches("\\d{1,5}") ? Integer.parseInt(text.strip()) : -1;
  }

  private static UserException unreachable(String servers, String cause, Exception e) {
    return new UserException(
        "Kafka at "
            + servers
            + " cannot be reached: "
            + cause
            + ". Start one with 'millrace broker', or name another with --bootstrap-server.",
        e);
  }
}
