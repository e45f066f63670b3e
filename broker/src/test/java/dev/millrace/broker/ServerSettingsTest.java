package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import kafka.server.KafkaConfig;
import org.junit.jupiter.api.Test;

class ServerSettingsTest {
  @Test
  void keepsOldEventsForEver() {
    KafkaConfig settings = settings(Map.of());
    assertEquals(-1, settings.getLong("log.retention.ms"));
    assertEquals(Long.MAX_VALUE, settings.getLong("log.roll.ms"));
    assertEquals(Long.MAX_VALUE, settings.getLong("log.message.timestamp.before.max.ms"));
    assertEquals(Long.MAX_VALUE, settings.getLong("log.message.timestamp.after.max.ms"));
  }

  @Test
  void letsGivenSettingsWin() {
    assertEquals(60_000, settings(Map.of("log.retention.ms", "60000")).getLong("log.retention.ms"));
  }

  @Test
  void letsGivenHoursWinToo() {
    KafkaConfig settings = settings(Map.of("log.retention.hours", "1", "log.roll.hours", "2"));
    assertEquals(3_600_000, settings.logRetentionTimeMillis());
    assertEquals(7_200_000, settings.logRollTimeMillis());
  }

  @Test
  void refusesSettingThatKafkaDoesNotKnow() {
    assertEquals(
        "--kafka log.retentoin.ms=1: Kafka's server has no such setting",
        refusal(Map.of("log.retentoin.ms", "1")));
  }

  @Test
  void refusesValueThatKafkaDoesNotTake() {
    String refusal = refusal(Map.of("num.io.threads", "many"));
    assertTrue(refusal.startsWith("--kafka: "), refusal);
    assertTrue(refusal.contains("many") && refusal.contains("num.io.threads"), refusal);
  }

  @Test
  void aNodeOfThreeAcknowledgesWhatTwoHave() {
    KafkaConfig settings =
        node("data", "bWlsbHJhY2UtY2x1c3Rlcg", "2", "localhost:7", "1,2,3", "4,5,6", "7,8,9");
    assertEquals(2, settings.getInt("min.insync.replicas"));
    assertEquals(3, settings.getInt("default.replication.factor"));
    assertEquals((short) 3, settings.getShort("offsets.topic.replication.factor"));
    assertEquals((short) 3, settings.getShort("transaction.state.log.replication.factor"));
    assertEquals(2, settings.getInt("transaction.state.log.min.isr"));
    assertFalse(settings.getBoolean("unclean.leader.election.enable"));
    assertEquals(-1, settings.getLong("log.retention.ms"));
  }

  @Test
  void aNodeTellsClientsAndNodesDifferentAddresses() {
    KafkaConfig settings =
        node("data", "bWlsbHJhY2UtY2x1c3Rlcg", "2", "localhost:7", "1,2,3", "4,5,6", "7,8,9");
    assertEquals(
        "PLAINTEXT://localhost:7,BROKERS://127.0.0.1:5",
        String.join(",", settings.getList("advertised.listeners")));
    assertEquals(
        "1@127.0.0.1:3,2@127.0.0.1:6,3@127.0.0.1:9",
        String.join(",", settings.getList("controller.quorum.voters")));
  }

  @Test
  void refusesNodeThatIsNotAmongThem() {
    String refusal =
        assertThrows(
                IllegalArgumentException.class,
                () -> NodeConfig.parse("data", "c", "3", "localhost:7", "1,2,3", "4,5,6"))
            .getMessage();
    assertEquals("node 3: must be 1 to 2, as there are nodes", refusal);
  }

  private static KafkaConfig node(String... args) {
    NodeConfig config = NodeConfig.parse(args);
    return ServerSettings.of(config, Storage.in(config.dataDir()));
  }

  private static String refusal(Map<String, String> extra) {
    return assertThrows(IllegalArgumentException.class, () -> settings(extra)).getMessage();
  }

  private static KafkaConfig settings(Map<String, String> extra) {
    BrokerConfig config = new BrokerConfig(Path.of("data"), 0, "127.0.0.1", extra);
    try (Sockets sockets = Sockets.bind(config.host(), config.port())) {
      return ServerSettings.of(config, Storage.in(Path.of("data").toAbsolutePath()), sockets);
    }
  }
}
