package dev.millrace.cli;

import dev.millrace.events.Topics;
import dev.millrace.processor.WindowingConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/// How far the events in `requests` have got in time: older ones by more than [#lateAfter] come too
/// late.
final class EventClock {
  private EventClock() {}

  /// How much older than the newest an event is still counted in a row, by a processor that waits
  /// for events out of order as long as it does unless told otherwise.
  static Duration lateAfter(Duration allowedLateness) {
    return WindowingConfig.DEFAULT_OUT_OF_ORDERNESS.plus(allowedLateness);
  }

  /// Time of the newest event, as far as can be known from outside the processor: it judges by
  /// partition, and by the newest event that it has read.
  ///
  /// @param now epoch milliseconds; record timestamps ahead of it are those of dead letters
  /// @return epoch milliseconds; [Long#MIN_VALUE] if there is none
  static long newest(Admin admin, long now) throws InterruptedException {
    try {
      TopicDescription requests =
          admin.describeTopics(List.of(Topics.REQUESTS)).allTopicNames().get().get(Topics.REQUESTS);
      Map<TopicPartition, OffsetSpec> newest = new HashMap<>();
      requests
          .partitions()
          .forEach(partition ->
              newest.put(
                  new TopicPartition(Topics.REQUESTS, partition.partition()),
                  OffsetSpec.maxTimestamp()));
      long time =
          admin.listOffsets(newest).all().get().values().stream()
              .mapToLong(found -> found.timestamp())
              .max()
              .orElse(-1);
      // Nothing is late behind nothing.
      return time < 0 ? Long.MIN_VALUE : Math.min(time, now);
    } catch (ExecutionException e) {
      throw new UserException(
          "could not ask Kafka for the newest event of "
              + Topics.REQUESTS
              + ": "
              + e.getCause().getMessage(),
          e);
    }
  }
}
