package dev.millrace.sink;

import dev.millrace.events.WindowSize;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/// Settings of the sink.
///
/// @param bootstrapServers Kafka's addresses
/// @param topics window topics to read
/// @param groupId sinks with one id share the partitions; they must share the store too
/// @param kafka further settings of the Kafka consumer, passed through as they are
/// @param keep how long rows are kept, from the start of their window; empty for ever
public record SinkConfig(
    String bootstrapServers,
    List<String> topics,
    String groupId,
    Map<String, String> kafka,
    Optional<Duration> keep) {
  /// All rows that the processor makes.
  public static final List<String> DEFAULT_TOPICS =
      Arrays.stream(WindowSize.values()).map(WindowSize::topic).toList();

  /// The usual group of sinks.
  public static final String DEFAULT_GROUP_ID = "millrace-sink";

  /// The windows of a minute are a minute long, and come a little later.
  private static final Duration SHORTEST_KEEP = Duration.ofMinutes(1);

  private static final Duration LONGEST_KEEP = Duration.ofDays(36_500);

  /// Set by the sink itself, and why no other value would do.
  private static final Map<String, String> RESERVED =
      Map.of(
          ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, "use --bootstrap-server",
          ConsumerConfig.GROUP_ID_CONFIG, "use --group-id",
          ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "the database keeps the offsets",
          ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "the database keeps the offsets",
          ConsumerConfig.ISOLATION_LEVEL_CONFIG, "rows of aborted transactions must not be read",
          ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, "the sink reads bytes",
          ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, "the sink reads bytes",
          ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, "every record must count as Kafka has it");

  /// @throws IllegalArgumentException naming option, value and what would do
  public SinkConfig {
    if (bootstrapServers.isBlank()) {
      throw new IllegalArgumentException(
          "--bootstrap-server is empty: give Kafka's address, such as localhost:9092");
    }
    topics = List.copyOf(topics);
    if (topics.isEmpty()) {
      throw new IllegalArgumentException(
          "--topics is empty: give at least one, such as windows.1s");
    }
    for (String topic : topics) {
      if (!topic.matches("[A-Za-z0-9._-]{1,249}")) {
        throw new IllegalArgumentException(
            "--topics '" + topic + "': must be up to 249 letters, digits, '.', '_', '-'");
      }
    }
    if (groupId.isBlank()) {
      throw new IllegalArgumentException(
          "--group-id is empty: give a name, such as " + DEFAULT_GROUP_ID);
    }
    kafka = Map.copyOf(kafka);
    kafka.forEach((name, value) -> {
      if (RESERVED.containsKey(name)) {
        throw new IllegalArgumentException(
            "--kafka " + name + "=" + value + ": leave it out, " + RESERVED.get(name));
      }
    });
    keep.ifPresent(time -> {
      if (time.compareTo(SHORTEST_KEEP) < 0 || time.compareTo(LONGEST_KEEP) > 0) {
        throw new IllegalArgumentException(
            "--keep " + time.toSeconds() + "s: must be 1m to " + LONGEST_KEEP.toDays() + "d");
      }
    });
  }

  /// The usual settings.
  public static SinkConfig of(String bootstrapServers) {
    return new SinkConfig(
        bootstrapServers, DEFAULT_TOPICS, DEFAULT_GROUP_ID, Map.of(), Optional.empty());
  }

  /// Everything a Kafka consumer needs but its deserializers.
  Map<String, Object> consumerSettings() {
    Map<String, Object> settings = new HashMap<>();
    // One transaction a poll: more rows in it make it cheaper.
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
    // A sink that was killed and started again waits for its dead self to leave the group.
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
    // Created by a reader, a topic would get the broker's default number of partitions.
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.putAll(kafka);
    if ("consumer".equals(kafka.get(ConsumerConfig.GROUP_PROTOCOL_CONFIG))) {
      // In that protocol it is the broker's to say.
      settings.remove(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG);
    }
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // A position that does not exist is an error to be judged, not a reason to jump.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    return settings;
  }
}
