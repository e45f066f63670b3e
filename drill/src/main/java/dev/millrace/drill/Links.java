package dev.millrace.drill;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The links between the parts, and where they listen.
///
/// A broker tells its clients where it is, and all of them the same. So that each part has a link
/// of its own all the same, the broker calls itself `localhost`, and each part's JVM has a file of
/// hosts in which that is another loopback address, at which its link listens. Of several brokers
/// each has a port of its own there: a part has one link to all of them. How they reach each other
/// is no link, and is never broken.
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

  /// One for its clients, one for other brokers, one for other controllers.
  private static final int PORTS_OF_A_BROKER = 3;

  private final Path folder;
  private final List<Integer> free;
  private final List<Integer> brokerPorts;
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Link own;

  /// @param folder of the files of hosts
  /// @param brokers how many there are
  Links(Path folder, int brokers) throws IOException {
    this.folder = folder;
    // All at once: of those found later, one could be one of these, while nobody has it yet.
    free = FreePorts.find(PORTS_OF_A_BROKER * brokers + 1);
    brokerPorts = free.subList(0, brokers);
    own = listen();
    Link toIngest = new Link(TO_INGEST, at(LOOPBACK, 0), DELAY_MS);
    links.put(TO_INGEST, toIngest);
  }

  /// Links for all clients at one port for each broker, each at an address of its own.
  ///
  /// @return the one for the brokers themselves and for us
  private Link listen() throws IOException {
    for (int attempt = 1; ; attempt++) {
      Map<String, Link> made = new LinkedHashMap<>();
      try {
        Link first =
            toBrokers(
                made, "drill" + TO_KAFKA, LOOPBACK, brokerPorts.stream().map(port -> 0).toList());
        List<Integer> ports =
            IntStream.range(0, brokerPorts.size()).map(first::port).boxed().toList();
        for (int i = 0; i < CLIENTS.size(); i++) {
          var _ = toBrokers(made, CLIENTS.get(i) + TO_KAFKA, address(i), ports);
        }
        links.putAll(made);
        return first;
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

  /// @param made the link is put there as soon as there is something to close
  /// @param ports where it listens, for each broker
  private Link toBrokers(Map<String, Link> made, String name, String address, List<Integer> ports)
      throws IOException {
    Link link = new Link(name, at(address, ports.getFirst()), DELAY_MS);
    made.put(name, link);
    for (int i = 0; i < ports.size(); i++) {
      int door = i == 0 ? 0 : link.listen(at(address, ports.get(i)));
      link.leadTo(door, at(LOOPBACK, brokerPorts.get(i)));
    }
    return link;
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private static String address(int client) {
    return "127.0.0." + (client + 2);
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

  /// Where a broker is to listen, 0 for the first.
  int brokerPort(int broker) {
    return brokerPorts.get(broker);
  }

  /// Where it is to listen for the other brokers.
  int replicationPort(int broker) {
    return free.get(brokerPorts.size() + broker);
  }

  /// Where its controller is to listen.
  int controllerPort(int broker) {
    return free.get(2 * brokerPorts.size() + broker);
  }

  /// Where a server for the sink's database is to listen.
  int databasePort() {
    return free.getLast();
  }

  /// Where a broker is for its clients, whoever they are.
  String brokerAddress(int broker) {
    return HOST + ":" + own.port(broker);
  }

  /// Where Kafka is, for parts and for us.
  String bootstrap() {
    return IntStream.range(0, brokerPorts.size())
        .mapToObj(this::brokerAddress)
        .collect(Collectors.joining(","));
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

  Link toKafka(String client) {
    return links.get(client + TO_KAFKA);
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
