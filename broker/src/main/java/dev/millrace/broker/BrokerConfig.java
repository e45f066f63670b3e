package dev.millrace.broker;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/// What an [EmbeddedBroker] needs to know. Immutable; a value that cannot do is refused at once
/// with an [IllegalArgumentException] whose message names the option and the value.
///
/// @param dataDir `--data`: the folder that holds topics and metadata, made and formatted on first
///   use; later starts go on with what is in it. One broker at a time
/// @param port `--port`: 0 to 65535, where 0 takes any free port
/// @param host `--host`: the name or address to listen on, and the one told to clients. To listen
///   on all addresses (`0.0.0.0`), tell clients another one with Kafka's `advertised.listeners`
/// @param extra `--kafka NAME=VALUE`: settings of the Kafka server, which win over ours; those that
///   hold this broker together are refused
public record BrokerConfig(Path dataDir, int port, String host, Map<String, String> extra) {
  /// Takes any free port.
  public static final int ANY_PORT = 0;

  /// Only this machine can connect: there is no password.
  public static final String DEFAULT_HOST = "127.0.0.1";

  private static final int MAX_PORT = 65_535;

  /// A name, an IPv4 address, or an IPv6 address with its colons.
  private static final Pattern HOST =
      Pattern.compile("[\\w.-]+|[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

  private static final String ADVERTISED_LISTENERS = "advertised.listeners";

  /// Settings that say who and where this broker is; they follow from the other options.
  private static final Set<String> OWN =
      Set.of(
          "broker.id",
          "controller.listener.names",
          "controller.quorum.bootstrap.servers",
          "controller.quorum.voters",
          "inter.broker.listener.name",
          "listeners",
          "log.dir",
          "log.dirs",
          "metadata.log.dir",
          "node.id",
          "process.roles",
          "security.inter.broker.protocol",
          "socket.listen.backlog.size");

  public BrokerConfig {
    Objects.requireNonNull(dataDir, "dataDir");
    Objects.requireNonNull(host, "host");
    extra = Map.copyOf(extra);
    if (dataDir.toString().isBlank() || dataDir.toString().contains(",")) {
      throw new IllegalArgumentException(
          "--data '%s': must be a folder without a comma in its name (Kafka splits there)"
              .formatted(dataDir));
    }
    if (port < ANY_PORT || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "--port %d: must be %d to %d".formatted(port, ANY_PORT, MAX_PORT));
    }
    if (!HOST.matcher(host).matches()) {
      throw new IllegalArgumentException(
          "--host '%s': must be one host name or IP address, without brackets or port"
              .formatted(host));
    }
    if (isWildcard(host) && !extra.containsKey(ADVERTISED_LISTENERS)) {
      throw new IllegalArgumentException(
          "--host %s: nobody can connect to that; name the address that clients shall use,"
                  .formatted(host)
              + " or add --kafka advertised.listeners=PLAINTEXT://NAME:PORT");
    }
    extra.forEach((name, value) -> {
      if (OWN.contains(name)) {
        throw new IllegalArgumentException(
            "--kafka %s=%s: is set by the embedded broker itself".formatted(name, value));
      }
    });
  }

  /// A broker for this machine only, with our settings.
  public BrokerConfig(Path dataDir, int port) {
    this(dataDir, port, DEFAULT_HOST, Map.of());
  }

  static boolean isWildcard(String host) {
    return host.equals("0.0.0.0") || host.equals("::");
  }
}
