package dev.millrace.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.events.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Whether the work was done: adds up the requests in the rows that a contestant has written since
/// this was made, in the last row of each window of a route.
final class ResultRows implements AutoCloseable {
  private static final JsonFactory JSON = new JsonFactory();

  /// The last windows may wait for the clock to tell that nothing more comes; and there may be
  /// millions of rows to read.
  private static final long PATIENCE_S = 20;

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConsumer<String, byte[]> consumer;
  private final Map<String, Map<Long, Long>> requests = new HashMap<>();
  private long sum;

  /// @return null if the contestant writes none
  static ResultRows of(Contestant contestant, String bootstrapServers) {
    return contestant.results().map(topic -> new ResultRows(bootstrapServers, topic)).orElse(null);
  }

  private ResultRows(String bootstrapServers, String topic) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Seeking waits for the first poll otherwise, and that comes after the rows.
    partitions.forEach(consumer::position);
  }

  /// Reads until the sum is as expected, or no row has come for a while.
  ///
  /// @return the sum
  long awaitSum(long expected, Stop stop) {
    long lastRow = System.nanoTime();
    while (sum != expected) {
      stop.check();
      boolean any = false;
      for (ConsumerRecord<String, byte[]> row : consumer.poll(POLL)) {
        add(row.key(), row.value());
        any = true;
      }
      if (any) {
        lastRow = System.nanoTime();
      } else if (System.nanoTime() - lastRow > TimeUnit.SECONDS.toNanos(PATIENCE_S)) {
        break;
      }
    }
    return sum;
  }

  private void add(String key, byte[] row) {
    if (Series.parse(key).isRollup()) {
      return;
    }
    long start = -1;
    long count = -1;
    try (JsonParser parser = JSON.createParser(row)) {
      parser.nextToken();
      for (String name = parser.nextFieldName();
          name != null && (start < 0 || count < 0);
          name = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (name.equals("window_start")) {
          start = parser.getLongValue();
        } else if (name.equals("requests")) {
          count = parser.getLongValue();
        } else if (value.isStructStart()) {
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new BenchException("a result of " + key + " is no window row", e);
    }
    Long before = requests.computeIfAbsent(key, series -> new HashMap<>()).put(start, count);
    sum += count - (before == null ? 0 : before);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
