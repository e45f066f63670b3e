package dev.millrace.drill;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// The links between the parts, and where they listen.
///
/// A broker tells its clients where it is, and all of them the same. So that each part has a link
/// of its own all the same, the broker calls itself `localhost`, and each part's JVM has a file of
/// hosts in which that is another loopback address, at which its link listens.
final class Links implements AutoCloseable {
  private static final String TO_KAFKA = " → broker";
  private static final String TO_INGEST = Pipeline.LOAD_HTTP + " → ingest";

  /// Parts that are clients of Kafka, each with a link of its own.
  private static final List<String> CLIENTS =
      List.of(
          Pipeline.INGEST,
          Pipeline.PROCESSOR_1,
          Pipeline.PROCESSOR_2,
          Pipeline.SINK,
          Pipeline.LOAD_KAFKA);

  /// Between the sink and a database that is a server.
  static final String TO_DATABASE = Pipeline.SINK + " → " + DatabaseServer.NAME;

  /// What lies between two parts.
  static final List<String> NAMES =
      Stream.concat(
              CLIENTS.stream().map(client -> client + TO_KAFKA), Stream.of(TO_INGEST, TO_DATABASE))
          .toList();

  private static final String HOST = "localhost";
  private static final String LOOPBACK = "127.0.0.1";
  private static final long DELAY_MS = 100;
  private static final int ATTEMPTS = 100;

  // None that the system gives to whoever connects: the broker is to find it free again.
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;

  private final Path folder;
  private final int brokerPort;
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final int port;

  /// @param folder of the files of hosts
  Links(Path folder) throws IOException {
    this.folder = folder;
    brokerPort = freePort();
    InetSocketAddress broker = at(LOOPBACK, brokerPort);
    port = listen(broker);
    Link toIngest = new Link(TO_INGEST, at(LOOPBACK, 0), DELAY_MS);
    links.put(TO_INGEST, toIngest);
  }

  /// Links for all clients at one port, each at an address of its own, and one for the broker
  /// itself and for us.
  private int listen(InetSocketAddress broker) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Map<String, Link> made = new LinkedHashMap<>();
      try {
        Link own = new Link("drill → broker", at(LOOPBACK, 0), DELAY_MS);
        made.put("", own);
        for (int i = 0; i < CLIENTS.size(); i++) {
          String link = CLIENTS.get(i) + TO_KAFKA;
          made.put(link, new Link(link, at(address(i), own.port()), DELAY_MS));
        }
        made.values().forEach(link -> link.leadTo(broker));
        links.putAll(made);
        return own.port();
      } catch (IOException e) {
        for (Link link : made.values()) {
          link.close();
        }
        if (attempt == ATTEMPTS) {
          throw new DrillException(
              "no port is free at all of 127.0.0.1 to "
                  + address(CLIENTS.size() - 1)
                  + ", where a drill listens (as Linux has them): "
                  + e.getMessage(),
              e);
        }
      }
    }
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private static String address(int client) {
    return "127.0.0." + (client + 2);
  }

  private static int freePort() throws IOException {
    for (int attempt = 1; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Options with a file of hosts, in which the broker's name leads to the part's own link.
  List<String> withHosts(String part, List<String> jvm) throws IOException {
    int client = CLIENTS.indexOf(part);
    if (client < 0) {
      return jvm;
    }
    Path hosts = folder.resolve(part + ".hosts");
    if (!Files.exists(hosts)) {
      // Whoever reads it meanwhile would find it empty.
      Files.writeString(hosts, address(client) + " " + HOST + "\n");
    }
    return Stream.concat(jvm.stream(), Stream.of("-Djdk.net.hosts.file=" + hosts)).toList();
  }

  /// Where the broker is to listen.
  int brokerPort() {
    return brokerPort;
  }

  /// Where Kafka is, for parts and for us.
  String bootstrap() {
    return HOST + ":" + port;
  }

  /// Where the edge is, for its senders.
  String ingest() {
    return "http://" + LOOPBACK + ":" + links.get(TO_INGEST).port();
  }

  /// Where the edge listens this time.
  void leadToIngest(int ingestPort) {
    links.get(TO_INGEST).leadTo(at(LOOPBACK, ingestPort));
  }

  /// The link to a server that is still to be started.
  Link toDatabase() throws IOException {
    Link link = new Link(TO_DATABASE, at(LOOPBACK, 0), DELAY_MS);
    links.put(TO_DATABASE, link);
    return link;
  }

  /// All by which a client comes to Kafka.
  List<Link> toKafka(String client) {
    return List.of(links.get(client + TO_KAFKA));
  }

  Link named(String name) {
    return links.get(name);
  }

  @Override
  public void close() throws IOException {
    for (Link link : links.values()) {
      link.close();
    }
  }
}
