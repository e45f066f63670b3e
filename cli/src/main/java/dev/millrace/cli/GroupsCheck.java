package dev.millrace.cli;

import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.sink.PageConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
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
/// reads is seen by looking again.
///
/// @param processor the processor's group, its application id
/// @param sink the sink's group
/// @param threads of all processors together, as somebody plans them; empty for those that run
/// @param pause between two looks
record GroupsCheck(Cluster cluster, String processor, String sink, OptionalInt threads, Pause pause)
    implements DoctorCheck {
  /// What is read is seen when it is committed, and a processor may do so every five seconds only.
  private static final int MOST_LOOKS = 7;

  /// What is on its way between two commits of a busy pipeline.
  private static final long SMALL_LAG = 10_000;

  /// Lets a second go by.
  interface Pause {
    void take() throws InterruptedException;
  }

  private record Position(long start, OptionalLong committed, long end) {
    /// Who has committed nothing begins at the first record that is still there. Who has been
    /// overtaken by the topic's retention goes on there.
    long lag() {
      return Math.max(0, end - Math.max(start, committed.orElse(start)));
    }

    boolean isUnread() {
      return committed.isEmpty() && end > start;
    }
  }

  private record Progress(long read, long arrived) {
    static Progress between(
        Map<TopicPartition, Position> first, Map<TopicPartition, Position> second) {
      long read = 0;
      long arrived = 0;
      for (Map.Entry<TopicPartition, Position> one : first.entrySet()) {
        Position before = one.getValue();
        Position after = second.getOrDefault(one.getKey(), before);
        read +=
            after.committed().orElse(before.start()) - before.committed().orElse(before.start());
        arrived += after.end() - before.end();
      }
      return new Progress(read, arrived);
    }

    boolean catchesUp() {
      return read > Math.max(0, arrived);
    }
  }

  @Override
  public String name() {
    return "groups";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    List<String> read = new ArrayList<>(List.of(Topics.REQUESTS));
    cluster.internalTopics().stream()
        .filter(topic -> topic.endsWith("-repartition"))
        .forEach(read::add);
    int members = look(findings, "processor", processor, read, TelemetryOptions.DEFAULT_PORT);
    partitions(findings, threads.orElse(members));
    look(
        findings,
        "sink",
        sink,
        Arrays.stream(WindowSize.values()).map(WindowSize::topic).toList(),
        PageConfig.DEFAULT_PORT);
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
  private int look(Findings findings, String service, String group, List<String> topics, int port)
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
    if (first.isEmpty()) {
      findings.unknown(
          "the %s (group %s) not checked: the topics that it reads are not there, or this user may see none"
              .formatted(service, group),
          "make them: millrace topics create");
      return members;
    }
    long unread = first.values().stream().filter(Position::isUnread).count();
    String text =
        "the %s (group %s) is %s with %d %s, %s records behind%s"
            .formatted(
                service,
                group,
                description.groupState(),
                members,
                members == 1 ? "member" : "members",
                Units.count(lag(first)),
                unread == 0
                    ? ""
                    : " (partitions where nothing is committed, counted from their beginning: "
                        + unread
                        + ")");
    if (members == 0) {
      findings.problem(text, "start it: millrace " + service);
    } else if (description.groupState() != GroupState.STABLE) {
      findings.warning(
          text + ": partitions are being shared out anew, and nobody reads meanwhile",
          "look again in some seconds; if it goes on, a member comes and goes: see its log");
    } else if (lag(first) <= SMALL_LAG) {
      findings.ok(text);
    } else {
      int looks = 0;
      Progress progress;
      do {
        pause.take();
        looks++;
        progress = Progress.between(first, positions(group, topics));
      } while (!progress.catchesUp() && looks < MOST_LOOKS);
      behind(findings, text, service, port, looks, progress);
    }
    return members;
  }

  private static long lag(Map<TopicPartition, Position> positions) {
    return positions.values().stream().mapToLong(Position::lag).sum();
  }

  private static void behind(
      Findings findings, String text, String service, int port, int seconds, Progress progress) {
    String speed =
        ", and in %s %s were read and %s came"
            .formatted(
                seconds == 1 ? "a second" : seconds + " seconds",
                Units.count(progress.read()),
                Units.count(progress.arrived()));
    if (progress.read() <= 0) {
      findings.problem(
          text + speed,
          "see the log of the %s, and /health/ready on its port (%d unless given), for what stops it"
              .formatted(service, port));
    } else if (progress.catchesUp()) {
      findings.ok(text + speed + ": it catches up");
    } else {
      findings.warning(
          text + speed + ": it does not catch up",
          "more threads or instances, up to the number of partitions");
    }
  }

  private Map<TopicPartition, Position> positions(String group, List<String> topics)
      throws NoAnswerException, InterruptedException {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      TopicDescription description = cluster.topics().get(topic);
      if (description != null) {
        description
            .partitions()
            .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition())));
      }
    }
    Map<TopicPartition, OffsetAndMetadata> committed =
        cluster.get(
            cluster.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    Map<TopicPartition, Long> starts = offsets(partitions, OffsetSpec.earliest());
    Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
    Map<TopicPartition, Position> positions = new HashMap<>();
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata read = committed.get(partition);
      positions.put(
          partition,
          new Position(
              starts.get(partition),
              read == null ? OptionalLong.empty() : OptionalLong.of(read.offset()),
              ends.get(partition)));
    }
    return positions;
  }

  private Map<TopicPartition, Long> offsets(List<TopicPartition> partitions, OffsetSpec which)
      throws NoAnswerException, InterruptedException {
    Map<TopicPartition, OffsetSpec> all = new HashMap<>();
    partitions.forEach(partition -> all.put(partition, which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    cluster
        .get(
            cluster
                .admin()
                .listOffsets(all, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all())
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }
}
