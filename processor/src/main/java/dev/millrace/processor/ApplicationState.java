package dev.millrace.processor;

import dev.millrace.events.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// What an application has left in Kafka, and whether this version can go on from there. Found out
/// before anything runs: state that is misread makes wrong rows, and nobody would know.
final class ApplicationState {
  private static final Pattern INTERNAL =
      Pattern.compile("-(partials|windows)-v[0-9]+-(repartition|changelog)");

  private ApplicationState() {}

  /// @return how many partitions `requests` has
  /// @throws ProcessorException if the application cannot go on, with what to do
  static int check(Admin admin, String applicationId) {
    int partitions = partitions(admin, Topics.REQUESTS);
    if (partitions < 0) {
      throw new ProcessorException(
          "topic requests is missing. Make it with 'millrace topics create'.");
    }
    String partials = applicationId + "-" + WindowsTopology.PARTIALS + "-repartition";
    String changelog = applicationId + "-" + MergedWindows.NAME + "-changelog";
    Set<String> topics = get(admin.listTopics().names(), "topics");
    for (String topic : topics) {
      Matcher internal = INTERNAL.matcher(topic);
      if (topic.startsWith(applicationId)
          && internal.region(applicationId.length(), topic.length()).matches()
          && !topic.equals(partials)
          && !topic.equals(changelog)) {
        throw new ProcessorException(
            "--application-id %s: topic %s has its state in the layout of another version. %s"
                .formatted(applicationId, topic, wayOut(applicationId)));
      }
    }
    boolean hasRead = hasRead(admin, applicationId);
    if (!hasRead && topics.contains(changelog) && !isEmpty(admin, changelog)) {
      throw new ProcessorException(
          "--application-id %s: its state (topic %s) is there, but the group has no offsets of requests: it would count all of requests once more. %s"
              .formatted(applicationId, changelog, wayOut(applicationId)));
    }
    if (!topics.contains(changelog) && hasRead) {
      throw new ProcessorException(
          "--application-id %s: the group has read from requests, but its state (topic %s) is not there. %s"
              .formatted(applicationId, changelog, wayOut(applicationId)));
    }
    requirePartitions(admin, partials, partitions, applicationId);
    requirePartitions(admin, changelog, partitions, applicationId);
    return partitions;
  }

  private static void requirePartitions(
      Admin admin, String topic, int expected, String applicationId) {
    int found = partitions(admin, topic);
    if (found >= 0 && found != expected) {
      throw new ProcessorException(
          "topic %s has %d partitions, requests has %d: both must have the same. %s"
              .formatted(topic, found, expected, wayOut(applicationId)));
    }
  }

  private static String wayOut(String applicationId) {
    return ("Take another --application-id, which reads requests from the beginning, or delete the"
            + " group %s and the topics named %s-…-repartition and %s-…-changelog, which does the"
            + " same.")
        .formatted(applicationId, applicationId, applicationId);
  }

  private static boolean hasRead(Admin admin, String group) {
    try {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .entrySet()
          .stream()
          .anyMatch(entry -> isRead(entry.getKey()) && entry.getValue() != null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw failure("the group's offsets", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static boolean isEmpty(Admin admin, String topic) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int i = 0; i < partitions(admin, topic); i++) {
      ends.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    return get(admin.listOffsets(ends).all(), "the end of " + topic).values().stream()
        .allMatch(end -> end.offset() == 0);
  }

  private static boolean isRead(TopicPartition partition) {
    return partition.topic().equals(Topics.REQUESTS);
  }

  /// @return -1 if there is no such topic
  private static int partitions(Admin admin, String topic) {
    try {
      Map<String, TopicDescription> found =
          admin.describeTopics(Set.of(topic)).allTopicNames().get();
      return found.get(topic).partitions().size();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return -1;
      }
      throw failure("topic " + topic, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static <T> T get(KafkaFuture<T> answer, String what) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw failure(what, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static ProcessorException failure(String what, ExecutionException e) {
    return new ProcessorException(
        "could not ask Kafka for " + what + ": " + e.getCause().getMessage(), e);
  }

  private static ProcessorException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ProcessorException("interrupted", e);
  }
}
