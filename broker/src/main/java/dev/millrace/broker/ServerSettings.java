package dev.millrace.broker;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.config.AbstractKafkaConfig;

/// The Kafka server's settings: one node that is broker and controller, on a laptop, for logs that
/// may be years old. What is not set here is Kafka's default, page cache and no fsync included.
final class ServerSettings {
  static final int NODE_ID = 1;
  static final String CLIENTS = "PLAINTEXT";
  static final String CONTROLLER = "CONTROLLER";

  private static final String FOREVER = Long.toString(Long.MAX_VALUE);
  private static final String SMALL_TOPIC = "4";

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
    // The defaults want three replicas, and 50 partitions each: 150 folders with indexes to make at
    // first use and to load at every start.
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", SMALL_TOPIC);
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", SMALL_TOPIC);
    settings.put("share.coordinator.state.topic.replication.factor", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
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
    // After a kill the controller refuses the new broker until the dead one's session has run out,
    // by default 9 s; the broker asks again at each heartbeat. Shorter, and a busy machine is taken
    // for a dead one: half a heartbeat is also how long the controller may take to answer.
    settings.put("broker.session.timeout.ms", "3000");
    settings.put("broker.heartbeat.interval.ms", "1000");
    // How often it is looked for transactions of the dead, which nobody reads past; by default 10
    // s.
    settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    // By default an idle controller writes and fsyncs twice a second, to show others that it lives.
    settings.put("metadata.max.idle.interval.ms", "0");
    // Heap that the log cleaner takes at start; 16 MiB hold some 600,000 distinct keys a pass.
    settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));
    // On two busy cores these moved as much as Kafka's 3 and 8: 0.9 M records/s, give or take 0.2.
    // The second counts twice, for broker and controller.
    settings.put("num.network.threads", "2");
    settings.put("num.io.threads", "4");
  }
}
