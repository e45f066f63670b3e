package dev.millrace.broker;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What a [ClusterNode] needs to know.
///
/// @param dataDir the folder of this node
/// @param cluster id of the cluster, as Kafka makes them
/// @param id of this node, 1 for the first
/// @param advertised host and port that clients are told for it
/// @param nodes where each node listens, on loopback
record NodeConfig(Path dataDir, String cluster, int id, String advertised, List<Ports> nodes) {
  private static final int ARGUMENTS = 4;

  /// Where one node listens.
  ///
  /// @param clients for producers and consumers
  /// @param brokers for other nodes that copy from it
  /// @param controller for the quorum
  record Ports(int clients, int brokers, int controller) {
    static Ports parse(String ports) {
      String[] each = ports.split(",", -1);
      if (each.length != 3) {
        throw new IllegalArgumentException(ports + ": must be three ports, with commas");
      }
      return new Ports(
          Integer.parseInt(each[0]), Integer.parseInt(each[1]), Integer.parseInt(each[2]));
    }
  }

  NodeConfig {
    nodes = List.copyOf(nodes);
    if (id < 1 || id > nodes.size()) {
      throw new IllegalArgumentException(
          "node " + id + ": must be 1 to " + nodes.size() + ", as there are nodes");
    }
  }

  /// Reads what [ClusterNode#main] is given.
  static NodeConfig parse(String... args) {
    if (args.length <= ARGUMENTS) {
      throw new IllegalArgumentException(
          "FOLDER CLUSTER NODE HOST:PORT CLIENTS,BROKERS,CONTROLLER... are wanted, not "
              + String.join(" ", args));
    }
    return new NodeConfig(
        Path.of(args[0]).toAbsolutePath(),
        args[1],
        Integer.parseInt(args[2]),
        args[3],
        Arrays.stream(args).skip(ARGUMENTS).map(Ports::parse).toList());
  }

  Ports ports(int node) {
    return nodes.get(node - 1);
  }

  /// All nodes, as `controller.quorum.voters` has them.
  String voters() {
    return IntStream.rangeClosed(1, nodes.size())
        .mapToObj(node -> node + "@" + at(ports(node).controller()))
        .collect(Collectors.joining(","));
  }

  static String at(int port) {
    return "127.0.0.1:" + port;
  }
}
