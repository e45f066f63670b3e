package dev.millrace.broker;

import java.util.Optional;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;

/// One node of a real cluster on this machine: broker and KRaft controller, in a process that is
/// nothing else. Each partition has three replicas, and two must have what is acknowledged.
///
/// It is run as Kafka's own start script runs it, by `KafkaRaftServer`; `kafka.Kafka`, which that
/// script names, does just this, and reads its options with a library that is left out here.
public final class ClusterNode {
  private ClusterNode() {}

  /// Runs the node until the process is told to end, and says on standard output when it serves.
  ///
  /// @param args a folder for its data; the cluster's id; the node's number, 1 for the first; host
  ///   and port that clients are told for it; then for each node its ports on loopback for clients,
  ///   for other brokers and for controllers, with commas
  public static void main(String[] args) {
    try {
      NodeConfig config = NodeConfig.parse(args);
      Storage storage = Storage.in(config.dataDir());
      var _ = storage.open(config.id(), Optional.of(config.cluster()));
      KafkaRaftServer server = new KafkaRaftServer(ServerSettings.of(config, storage), Time.SYSTEM);
      Exit.addShutdownHook("kafka-shutdown", server::shutdown);
      server.startup();
      System.out.println("Kafka's node " + config.id() + " serves");
      server.awaitShutdown();
    } catch (Throwable e) {
      // Of what has started, threads would keep the process.
      e.printStackTrace();
      Exit.exit(1);
    }
  }
}
