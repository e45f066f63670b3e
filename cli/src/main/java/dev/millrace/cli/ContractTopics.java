package dev.millrace.cli;

import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// The topics of the contract on a cluster: makes them, lists them, deletes them.
final class ContractTopics {
  /// Partitions of `requests` and of the window topics.
  static final int DEFAULT_PARTITIONS = 4;

  /// A dead letter is a record of up to the usual limit of 1 MiB, and its headers.
  private static final int DEAD_LETTER_MAX_BYTES = 4 << 20;

  private static final Duration LEADER_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration LEADER_PAUSE = Duration.ofMillis(50);

  private static final List<String> NAMES =
      Stream.concat(
              Stream.of(Topics.REQUESTS, Topics.DEAD_LETTERS, Topics.LATE),
              Arrays.stream(WindowSize.values()).map(WindowSize::topic))
          .toList();

  private ContractTopics() {}

  /// All of them.
  static List<String> names() {
    return NAMES;
  }

  static Admin admin(String bootstrapServers, Map<String, String> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return Admin.create(all);
  }

  /// Makes those that are missing, and returns when all can be written to.
  ///
  /// @param replication copies of each, or empty for the cluster's default
  /// @return the names of those made
  static List<String> create(Admin admin, int partitions, Optional<Short> replication) {
    List<NewTopic> missing = new ArrayList<>();
    // Record timestamps are event times: retention by age would delete a replayed log before it is
    // read, and its windows after. How much to keep is for the operator to say.
    // Whether an event is too far ahead of the clock is for the contract to say: Kafka would refuse
    // all that are in a batch with it.
    Map.Entry<String, String> anyTime =
        Map.entry(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, Long.toString(Long.MAX_VALUE));
    Map<String, String> keepAll =
        Map.ofEntries(Map.entry(TopicConfig.RETENTION_MS_CONFIG, "-1"), anyTime);
    missing.add(
        new NewTopic(Topics.REQUESTS, Optional.of(partitions), replication).configs(keepAll));
    missing.add(
        new NewTopic(Topics.DEAD_LETTERS, Optional.of(1), replication)
            .configs(
                Map.ofEntries(
                    Map.entry(
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(DEAD_LETTER_MAX_BYTES)),
                    anyTime)));
    for (WindowSize size : WindowSize.values()) {
      missing.add(
          new NewTopic(size.topic(), Optional.of(partitions), replication).configs(keepAll));
    }
    missing.add(new NewTopic(Topics.LATE, Optional.of(1), replication).configs(keepAll));
    List<String> made = new ArrayList<>();
    Map<String, KafkaFuture<Void>> results = admin.createTopics(missing).values();
    for (NewTopic topic : missing) {
      try {
        results.get(topic.name()).get();
        made.add(topic.name());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw new UserException(
              "could not create topic "
                  + topic.name()
                  + ": "
                  + e.getCause().getMessage()
                  + ". Have somebody who may run 'millrace topics create --partitions "
                  + partitions
                  + "'.",
              e);
        }
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
    awaitLeaders(admin);
    return made;
  }

  /// A topic exists before its partitions have leaders. A producer that does not wait may have its
  /// first batch refused and its second accepted, and then never gets the first one in.
  private static void awaitLeaders(Admin admin) {
    long deadline = System.nanoTime() + LEADER_TIMEOUT.toNanos();
    while (!haveLeaders(admin)) {
      if (System.nanoTime() > deadline) {
        throw new UserException(
            "the topics have no leaders after "
                + LEADER_TIMEOUT.toSeconds()
                + " s; see Kafka's log");
      }
      try {
        Thread.sleep(LEADER_PAUSE);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  /// Only the leader of a partition answers for its offsets.
  private static boolean haveLeaders(Admin admin) {
    Map<String, TopicDescription> found = list(admin);
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    found.forEach((name, topic) ->
        topic
            .partitions()
            .forEach(partition ->
                ends.put(new TopicPartition(name, partition.partition()), OffsetSpec.latest())));
    try {
      admin.listOffsets(ends).all().get();
      return found.keySet().containsAll(NAMES);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException) {
        return false;
      }
      throw new UserException(
          "could not ask for the topics' leaders: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /// The topics that are there, by name.
  static Map<String, TopicDescription> list(Admin admin) {
    Map<String, TopicDescription> found = new TreeMap<>();
    admin
        .describeTopics(NAMES)
        .topicNameValues()
        .forEach((name, future) -> {
          try {
            found.put(name, future.get());
          } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
              throw new UserException("topic " + name + ": " + e.getCause().getMessage(), e);
            }
          } catch (InterruptedException e) {
            throw interrupted(e);
          }
        });
    return found;
  }

  /// Makes those that are missing, with as many partitions as `requests` has.
  ///
  /// @return the names of those made
  static List<String> createMissing(Admin admin) {
    Map<String, TopicDescription> found = list(admin);
    if (found.keySet().containsAll(NAMES)) {
      return List.of();
    }
    TopicDescription requests = found.get(Topics.REQUESTS);
    return create(
        admin,
        requests == null ? DEFAULT_PARTITIONS : requests.partitions().size(),
        Optional.empty());
  }

  /// @throws UserException with the command that makes them if any is missing
  static void requireAll(Admin admin) {
    Set<String> found = list(admin).keySet();
    List<String> missing = NAMES.stream().filter(name -> !found.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new UserException(
          "missing topics: "
              + String.join(", ", missing)
              + ". Make them with 'millrace topics create'.");
    }
  }

  /// Deletes those that are there.
  ///
  /// @return their names
  static Collection<String> delete(Admin admin) {
    Set<String> found = list(admin).keySet();
    try {
      admin.deleteTopics(found).all().get();
    } catch (ExecutionException e) {
      throw new UserException("could not delete topics: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    return found;
  }

  private static UserException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new UserException("interrupted", e);
  }
}
