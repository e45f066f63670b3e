package dev.millrace.cli;

import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// Whether somebody reads, keeps up, and has partitions for all its threads. How fast somebody
/// reads is seen by looking twice.
///
/// @param processor the processor's group, its application id
/// @param sink the sink's group
/// @param threads of all processors together, as somebody plans them; empty for those that run
record GroupsCheck(Cluster cluster, String processor, String sink, OptionalInt threads)
    implements DoctorCheck {
  private static final long BETWEEN_MS = 1_000;

  /// What is on its way between two commits of a busy pipeline.
  private static final long SMALL_LAG = 10_000;

  private record Position(long end, long read) {
    long lag() {
      return Math.max(0, end - read);
    }
  }

  @Override
  public String name() {
    return "groups";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    int members = look(findings, "processor", processor, List.of(Topics.REQUESTS));
    partitions(findings, threads.orElse(members));
    look(
        findings, "sink", sink, Arrays.stream(WindowSize.values()).map(WindowSize::topic).toList());
  }

  private void partitions(Findings findings, int all)
      throws NoAnswerException, InterruptedException {
    TopicDescription requests = cluster.topics().get(Topics.REQUESTS);
    if (requests == null || all == 0) {
      return;
    }
    int partitions = requests.partitions().size();
    // Combine and merge have a task for each partition; one thread has tasks of both.
    if (all > partitions) {
      findings.warning(
          "the processors have %d threads, and requests has %d partitions: %d threads have half of the work, or none"
              .formatted(all, partitions, all - partitions),
          "fewer threads (--threads), or a topic with more partitions; changing that later begins"
              + " anew with another --application-id");
    } else {
      findings.ok(
          "%d partitions of requests for %d %s of the processors"
              .formatted(partitions, all, all == 1 ? "thread" : "threads"));
    }
  }

  /// @return how many members it has
  private int look(Findings findings, String service, String group, List<String> topics)
      throws NoAnswerException, InterruptedException {
    ConsumerGroupDescription description;
    try {
      description =
          cluster.get(
              cluster.admin().describeConsumerGroups(List.of(group)).describedGroups().get(group));
    } catch (NoAnswerException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        findings.warning(
            "no %s has ever read (group %s)".formatted(service, group),
            "start it: millrace " + service + ", or name its group");
        return 0;
      }
      throw e;
    }
    int members = description.members().size();
    Map<TopicPartition, Position> first = positions(group, topics);
    long lag = first.values().stream().mapToLong(Position::lag).sum();
    String text =
        "the %s (group %s) is %s with %d %s, %s records behind"
            .formatted(
                service,
                group,
                description.groupState(),
                members,
                members == 1 ? "member" : "members",
                Units.count(lag));
    if (members == 0) {
      findings.problem(text, "start it: millrace " + service);
    } else if (description.groupState() != GroupState.STABLE) {
      findings.warning(
          text + ": partitions are being shared out anew, and nobody reads meanwhile",
          "look again in some seconds; if it goes on, a member comes and goes: see its log");
    } else if (lag <= SMALL_LAG) {
      findings.ok(text);
    } else {
      TimeUnit.MILLISECONDS.sleep(BETWEEN_MS);
      behind(findings, text, service, first, positions(group, topics));
    }
    return members;
  }

  private static void behind(
      Findings findings,
      String text,
      String service,
      Map<TopicPartition, Position> first,
      Map<TopicPartition, Position> second) {
    long read = 0;
    long arrived = 0;
    for (Map.Entry<TopicPartition, Position> before : first.entrySet()) {
      Position after = second.getOrDefault(before.getKey(), before.getValue());
      read += after.read() - before.getValue().read();
      arrived += after.end() - before.getValue().end();
    }
    String speed =
        ", and in a second %s were read and %s came"
            .formatted(Units.count(read), Units.count(arrived));
    if (read <= 0) {
      findings.problem(
          text + speed,
          "see the log of the " + service + ", and its /health/ready, for what stops it");
    } else if (read <= arrived) {
      findings.warning(
          text + speed + ": it does not catch up",
          "more threads or instances, up to the number of partitions");
    } else {
      findings.ok(text + speed + ": it catches up");
    }
  }

  private Map<TopicPartition, Position> positions(String group, List<String> topics)
      throws NoAnswerException, InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (String topic : topics) {
      TopicDescription description = cluster.anyTopics().get(topic);
      if (description != null) {
        description
            .partitions()
            .forEach(partition ->
                latest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
      }
    }
    Map<TopicPartition, OffsetAndMetadata> committed =
        cluster.get(
            cluster.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    Map<TopicPartition, Position> positions = new HashMap<>();
    cluster
        .get(
            cluster
                .admin()
                .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all())
        .forEach((partition, end) -> {
          OffsetAndMetadata read = committed.get(partition);
          positions.put(partition, new Position(end.offset(), read == null ? 0 : read.offset()));
        });
    return positions;
  }
}
