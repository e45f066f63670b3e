package dev.millrace.benchmarks;

import dev.millrace.events.Topics;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;

/// Makes topics, as `millrace topics create` does.
final class BenchTopics {
  /// What the processor reads and writes.
  static final List<String> OF_MILLRACE =
      List.of(
          Topics.REQUESTS,
          Topics.DEAD_LETTERS,
          Topics.WINDOWS_1S,
          Topics.WINDOWS_10S,
          Topics.WINDOWS_1M,
          Topics.LATE);

  private static final int ATTEMPTS = 300;
  private static final long PAUSE_MS = 100;

  private final Admin admin;
  private final int partitions;

  BenchTopics(Admin admin, int partitions) {
    this.admin = admin;
    this.partitions = partitions;
  }

  /// Whether it is none of the contract's.
  static boolean isOurs(String topic) {
    return !OF_MILLRACE.contains(topic);
  }

  /// Returns when all can be written to.
  void create(Collection<String> names) {
    try {
      admin
          .createTopics(
              names.stream()
                  .map(name ->
                      new NewTopic(name, Optional.of(partitions), Optional.empty())
                          .configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1")))
                  .toList())
          .all()
          .get();
      for (int attempt = 0; !haveLeaders(names); attempt++) {
        if (attempt == ATTEMPTS) {
          throw new BenchException("topics have no leaders: " + names);
        }
        Thread.sleep(PAUSE_MS);
      }
    } catch (ExecutionException e) {
      throw new BenchException(names + " cannot be made: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /// Deletes all raw events, so that the disk does not fill up.
  void empty() {
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      all.put(
          new TopicPartition(Topics.REQUESTS, partition),
          // To the end, as Kafka writes it.
          RecordsToDelete.beforeOffset(-1));
    }
    try {
      admin.deleteRecords(all).all().get();
    } catch (ExecutionException e) {
      throw new BenchException("events cannot be deleted: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /// Only the leader of a partition answers for its offsets.
  private boolean haveLeaders(Collection<String> names)
      throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (String name : names) {
      for (int partition = 0; partition < partitions; partition++) {
        ends.put(new TopicPartition(name, partition), OffsetSpec.latest());
      }
    }
    try {
      admin.listOffsets(ends).all().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException) {
        return false;
      }
      throw e;
    }
  }
}
