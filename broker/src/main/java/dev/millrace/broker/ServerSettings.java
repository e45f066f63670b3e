package dev.millrace.broker;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.config.AbstractKafkaConfig;

/// The Kafka server's settings: nodes that are broker and controller, on a laptop, for logs that
/// may be years old. What is not set here is Kafka's default, page cache and no fsync included.
final class ServerSettings {
  static final int NODE_ID = 1;
  static final String CLIENTS = "PLAINTEXT";
  static final String CONTROLLER = "CONTROLLER";

  /// Where the brokers of a cluster copy from each other.
  private static final String BROKERS = "BROKERS";

  private static final String FOREVER = Long.toString(Long.MAX_VALUE);
  private static final String SMALL_TOPIC = "4";

  /// Of each partition of a cluster: what is acknowledged is on two nodes, and one may be away.
  private static final int COPIES = 3;

  private static final int COPIES_IN_STEP = 2;

  /// Kafka lets milliseconds win over hours; here the given ones win.
  private static final Map<String, String> FINER =
      Map.of(
          "log.retention.minutes", "log.retention.ms",
          "log.retention.hours", "log.retention.ms",
          "log.roll.hours", "log.roll.ms");

  /// Read by Kafka's authorizer, and not listed among the server's.
  private static final Set<String> OF_AUTHORIZER =
      Set.of(
          StandardAuthorizer.SUPER_USERS_CONFIG,
          StandardAuthorizer.ALLOW_EVERYONE_IF_NO_ACL_IS_FOUND_CONFIG);

  private ServerSettings() {}

  /// @throws IllegalArgumentException if Kafka has no setting of such a name, or refuses a value
  static KafkaConfig of(BrokerConfig config, Storage storage, Sockets sockets) {
    Map<String, String> settings = new HashMap<>();
    identity(settings, storage, sockets);
    oneNode(settings);
    oldTimestamps(settings);
    laptop(settings);
    config.extra().keySet().forEach(name -> settings.remove(FINER.get(name)));
    settings.putAll(config.extra());
    unknown(settings)
        .ifPresent(name -> {
          throw new IllegalArgumentException(
              "--kafka %s=%s: Kafka's server has no such setting"
                  .formatted(name, settings.get(name)));
        });
    try {
      return new KafkaConfig(settings, false);
    } catch (ConfigException | IllegalArgumentException e) {
      throw new IllegalArgumentException("--kafka: " + e.getMessage(), e);
    }
  }

  /// One node of several. Clients and other nodes come by ways of their own, so that the former may
  /// be told another address than where it listens.
  static KafkaConfig of(NodeConfig node, Storage storage) {
    Map<String, String> settings = new HashMap<>();
    NodeConfig.Ports own = node.ports(node.id());
    settings.put("node.id", Integer.toString(node.id()));
    settings.put("process.roles", "broker,controller");
    settings.put(
        "listeners",
        "%s://%s,%s://%s,%s://%s"
            .formatted(
                CLIENTS,
                NodeConfig.at(own.clients()),
                BROKERS,
                NodeConfig.at(own.brokers()),
                CONTROLLER,
                NodeConfig.at(own.controller())));
    settings.put(
        "advertised.listeners",
        "%s://%s,%s://%s"
            .formatted(CLIENTS, node.advertised(), BROKERS, NodeConfig.at(own.brokers())));
    settings.put(
        "listener.security.protocol.map",
        "%s:PLAINTEXT,%s:PLAINTEXT,%s:PLAINTEXT".formatted(CLIENTS, BROKERS, CONTROLLER));
    settings.put("inter.broker.listener.name", BROKERS);
    settings.put("controller.listener.names", CONTROLLER);
    settings.put("controller.quorum.voters", node.voters());
    settings.put("log.dirs", storage.topics().toString());
    settings.put("metadata.log.dir", storage.metadata().toString());
    replicated(settings, COPIES, COPIES_IN_STEP);
    // Soon after a node has come back it leads again what it led: by default that is looked for
    // every 5 minutes, and a node that leads nothing is not missed when it dies.
    settings.put("leader.imbalance.check.interval.seconds", "5");
    oldTimestamps(settings);
    laptop(settings);
    return new KafkaConfig(settings, false);
  }

  /// Kafka only warns about a misspelt name, and goes on without it.
  private static Optional<String> unknown(Map<String, String> settings) {
    return settings.keySet().stream()
        .filter(name -> !AbstractKafkaConfig.CONFIG_DEF.names().contains(name))
        .filter(name -> !name.startsWith("listener.name.") && !OF_AUTHORIZER.contains(name))
        .findFirst();
  }

  private static void identity(Map<String, String> settings, Storage storage, Sockets sockets) {
    settings.put("node.id", Integer.toString(NODE_ID));
    settings.put("process.roles", "broker,controller");
    settings.put(
        "listeners",
        CLIENTS + "://" + sockets.clients() + "," + CONTROLLER + "://" + sockets.controller());
    settings.put(
        "listener.security.protocol.map", CLIENTS + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
    settings.put("inter.broker.listener.name", CLIENTS);
    settings.put("controller.listener.names", CONTROLLER);
    // A static quorum is read from here at each start; a dynamic one is written into the metadata
    // log with its port, and then the port could never change.
    settings.put("controller.quorum.voters", NODE_ID + "@" + sockets.controller());
    settings.put("log.dirs", storage.topics().toString());
    settings.put("metadata.log.dir", storage.metadata().toString());
  }

  private static void oneNode(Map<String, String> settings) {
    replicated(settings, 1, 1);
    // After a kill the controller refuses the new broker until the dead one's session has run out,
    // by default 9 s; the broker asks again at each heartbeat. Shorter, and a busy machine is taken
    // for a dead one: half a heartbeat is also how long the controller may take to answer. Of
    // several, each that is taken for dead has its partitions led by others: there it is the
    // default.
    settings.put("broker.session.timeout.ms", "3000");
    settings.put("broker.heartbeat.interval.ms", "1000");
    // By default an idle controller writes and fsyncs twice a second, to show others that it lives.
    settings.put("metadata.max.idle.interval.ms", "0");
  }

  /// @param copies of each partition
  /// @param inStep how many of them must have a record before it is acknowledged
  private static void replicated(Map<String, String> settings, int copies, int inStep) {
    String all = Integer.toString(copies);
    String least = Integer.toString(inStep);
    settings.put("default.replication.factor", all);
    settings.put("min.insync.replicas", least);
    // The defaults have 50 partitions each: 150 folders with indexes to make at first use and to
    // load at every start.
    settings.put("offsets.topic.replication.factor", all);
    settings.put("offsets.topic.num.partitions", SMALL_TOPIC);
    settings.put("transaction.state.log.replication.factor", all);
    settings.put("transaction.state.log.min.isr", least);
    settings.put("transaction.state.log.num.partitions", SMALL_TOPIC);
    settings.put("share.coordinator.state.topic.replication.factor", all);
    settings.put("share.coordinator.state.topic.min.isr", least);
    settings.put("share.coordinator.state.topic.num.partitions", SMALL_TOPIC);
    // A misspelt topic shall be an error and not an empty topic.
    settings.put("auto.create.topics.enable", "false");
  }

  /// Records carry event time, and a replayed log may be from 2015.
  private static void oldTimestamps(Map<String, String> settings) {
    // Retention goes by record timestamps: the default of a week would delete a replay at once.
    settings.put("log.retention.ms", "-1");
    // So does the state by which a batch that is sent again is known (KAFKA-9144): with the default
    // of a day, a batch of older events is taken twice if the broker dies before it has answered.
    // As long as it goes: 24 days.
    settings.put("producer.id.expiration.ms", Integer.toString(Integer.MAX_VALUE));
    // A segment is rolled when a record is this much later than its first one. With the default of
    // a week, a replayed year makes 52 segments a partition, however small; size alone shall
    // decide.
    settings.put("log.roll.ms", FOREVER);
    // How far a clock may be off is the pipeline's to judge, which keeps a refused event and says
    // why; Kafka's default of one hour ahead would fail the producer's whole batch.
    settings.put("log.message.timestamp.before.max.ms", FOREVER);
    settings.put("log.message.timestamp.after.max.ms", FOREVER);
  }

  private static void laptop(Map<String, String> settings) {
    // Nobody else to wait for: the whole group is on this machine.
    settings.put("group.initial.rebalance.delay.ms", "0");
    // How often it is looked for transactions of the dead, which nobody reads past; by default 10
    // s.
    settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    // Heap that the log cleaner takes at start; 16 MiB hold some 600,000 distinct keys a pass.
    settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));
    // On two busy cores these moved as much as Kafka's 3 and 8: 0.9 M records/s, give or take 0.2.
    // The second counts twice, for broker and controller.
    settings.put("num.network.threads", "2");
    settings.put("num.io.threads", "4");
  }
}
