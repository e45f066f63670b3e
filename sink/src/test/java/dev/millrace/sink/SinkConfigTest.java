package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SinkConfigTest {
  @Test
  void usualSettings() {
    SinkConfig config = SinkConfig.of("localhost:9092");
    assertEquals(List.of("windows.1s", "windows.10s", "windows.1m"), config.topics());
    assertEquals("millrace-sink", config.groupId());
    assertEquals("read_committed", config.consumerSettings().get("isolation.level"));
    assertEquals(false, config.consumerSettings().get("enable.auto.commit"));
    assertEquals("none", config.consumerSettings().get("auto.offset.reset"));
  }

  @Test
  void passesKafkaSettingsThrough() {
    SinkConfig config = with(Map.of("max.poll.records", "7", "security.protocol", "SSL"));
    assertEquals("7", config.consumerSettings().get("max.poll.records"));
    assertEquals("SSL", config.consumerSettings().get("security.protocol"));
  }

  @Test
  void consumerProtocolKeepsTheBrokersSessionTimeout() {
    SinkConfig config = with(Map.of("group.protocol", "consumer"));
    assertFalse(config.consumerSettings().containsKey("session.timeout.ms"));
  }

  @Test
  void refusesWhatTheSinkSetsItself() {
    assertRefused(
        "--kafka isolation.level=read_uncommitted: leave it out",
        () -> with(Map.of("isolation.level", "read_uncommitted")));
    assertRefused("--kafka group.id=x: leave it out", () -> with(Map.of("group.id", "x")));
    assertRefused(
        "--kafka interceptor.classes=x: leave it out",
        () -> with(Map.of("interceptor.classes", "x")));
  }

  @Test
  void refusesBadValues() {
    assertRefused("--bootstrap-server is empty", () -> SinkConfig.of(" "));
    assertRefused("--topics is empty", () -> config(List.of(), "group", Map.of()));
    assertRefused("--topics 'a b'", () -> config(List.of("a b"), "group", Map.of()));
    assertRefused("--group-id is empty", () -> config(List.of("a"), "", Map.of()));
    assertRefused("--keep 59s: must be 1m to", () -> keep(Duration.ofSeconds(59)));
    assertRefused("--keep ", () -> keep(Duration.ofDays(36_501)));
  }

  @Test
  void keepsEverythingUnlessTold() {
    assertEquals(Optional.empty(), SinkConfig.of("localhost:9092").keep());
    assertEquals(Optional.of(Duration.ofDays(7)), keep(Duration.ofDays(7)).keep());
  }

  private static SinkConfig keep(Duration time) {
    return new SinkConfig("localhost:9092", List.of("a"), "group", Map.of(), Optional.of(time));
  }

  private static SinkConfig with(Map<String, String> kafka) {
    return config(SinkConfig.DEFAULT_TOPICS, SinkConfig.DEFAULT_GROUP_ID, kafka);
  }

  private static SinkConfig config(List<String> topics, String group, Map<String, String> kafka) {
    return new SinkConfig("localhost:9092", topics, group, kafka, Optional.empty());
  }

  private static void assertRefused(String start, Runnable making) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, making::run);
    assertTrue(refusal.getMessage().startsWith(start), refusal.getMessage());
  }
}
