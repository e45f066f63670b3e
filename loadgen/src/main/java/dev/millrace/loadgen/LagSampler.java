package dev.millrace.loadgen;

import dev.millrace.events.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// Watches, four times a second and in a thread of its own, how far processor and sink are behind,
/// from Kafka's own account of their groups, and how busy this machine is.
final class LagSampler implements AutoCloseable {
  /// Several looks between two commits.
  private static final long PERIOD_MS = 250;

  private static final long ANSWER_S = 10;
  private static final long CLOSE_MS = 5_000;

  /// One look at all.
  ///
  /// @param input of the processor, events
  /// @param sums of the processor's second half, records
  /// @param rows of the sink; null without one
  /// @param cpu share of this machine in use, 0 to 1, negative if not known
  record Look(LagCourse.Sample input, LagCourse.Sample sums, LagCourse.Sample rows, double cpu) {}

  private final Admin admin;
  private final String group;
  private final String sinkGroup;
  private final List<TopicPartition> requests;
  private final Thread thread;
  private final List<Look> looks = new ArrayList<>();
  private Exception trouble;
  private volatile boolean stopped;

  private LagSampler(Admin admin, String group, String sinkGroup) throws IOException {
    this.admin = admin;
    this.group = group;
    this.sinkGroup = sinkGroup;
    requests =
        answer(admin.describeTopics(List.of(Topics.REQUESTS)).allTopicNames())
            .get(Topics.REQUESTS)
            .partitions()
            .stream()
            .map(partition -> new TopicPartition(Topics.REQUESTS, partition.partition()))
            .toList();
    thread = Thread.ofPlatform().daemon().name("millrace-lag").unstarted(this::watch);
  }

  /// @param kafka further settings of Kafka's clients
  /// @param group of the processor
  /// @param sinkGroup of the sink, which need not be there
  /// @throws IOException if Kafka does not answer, or no processor is at work
  static LagSampler start(
      String bootstrapServers, Map<String, String> kafka, String group, String sinkGroup)
      throws IOException {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.keySet().removeIf(name -> !AdminClientConfig.configNames().contains(name));
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    Admin admin = Admin.create(settings);
    try {
      if (!isAtWork(admin, group)) {
        throw new IOException(
            "no processor is at work: the group "
                + group
                + " has no members; start 'millrace processor', or name its --application-id with"
                + " --group");
      }
      LagSampler sampler = new LagSampler(admin, group, sinkGroup);
      sampler.thread.start();
      return sampler;
    } catch (IOException e) {
      admin.close(Duration.ofMillis(CLOSE_MS));
      throw e;
    }
  }

  private static boolean isAtWork(Admin admin, String group) throws IOException {
    try {
      return !answer(admin.describeConsumerGroups(List.of(group)).all())
          .get(group)
          .members()
          .isEmpty();
    } catch (IOException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw e;
    }
  }

  private void watch() {
    long due = System.currentTimeMillis();
    try {
      while (!stopped) {
        look();
        due = Math.max(due + PERIOD_MS, System.currentTimeMillis());
        Thread.sleep(Math.max(0, due - System.currentTimeMillis()));
      }
    } catch (InterruptedException e) {
      // Closed: there is nobody to tell.
      return;
    }
  }

  private void look() {
    try {
      Map<TopicPartition, Long> processor = committed(group);
      Map<TopicPartition, Long> sink = committed(sinkGroup);
      requests.forEach(partition -> processor.putIfAbsent(partition, 0L));
      Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
      processor.keySet().forEach(partition -> asked.put(partition, OffsetSpec.latest()));
      sink.keySet().forEach(partition -> asked.put(partition, OffsetSpec.latest()));
      Map<TopicPartition, Long> ends = new HashMap<>();
      answer(admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all())
          .forEach((partition, end) -> ends.put(partition, end.offset()));
      long now = System.currentTimeMillis();
      Map<TopicPartition, Long> sums = new HashMap<>(processor);
      sums.keySet().removeAll(requests);
      processor.keySet().retainAll(requests);
      add(
          new Look(
              sample(now, processor, ends),
              sample(now, sums, ends),
              sink.isEmpty() ? null : sample(now, sink, ends),
              Machine.load()));
    } catch (IOException e) {
      synchronized (this) {
        trouble = e;
      }
    }
  }

  private Map<TopicPartition, Long> committed(String of) throws IOException {
    Map<TopicPartition, Long> committed = new HashMap<>();
    try {
      answer(admin.listConsumerGroupOffsets(of).partitionsToOffsetAndMetadata())
          .forEach((TopicPartition partition, OffsetAndMetadata offset) -> {
            if (offset != null) {
              committed.put(partition, offset.offset());
            }
          });
    } catch (IOException e) {
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
    }
    return committed;
  }

  private static LagCourse.Sample sample(
      long atMs, Map<TopicPartition, Long> committed, Map<TopicPartition, Long> ends) {
    ToLongFunction<TopicPartition> end = partition -> ends.getOrDefault(partition, 0L);
    return new LagCourse.Sample(
        atMs,
        committed.keySet().stream().mapToLong(end).sum(),
        committed.entrySet().stream()
            .mapToLong(offset -> Math.max(0, end.applyAsLong(offset.getKey()) - offset.getValue()))
            .sum());
  }

  private static <T> T answer(KafkaFuture<T> asked) throws IOException {
    try {
      return asked.get(ANSWER_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(
          "Kafka did not tell of its groups: " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("Kafka did not tell of its groups within " + ANSWER_S + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private synchronized void add(Look look) {
    trouble = null;
    looks.add(look);
  }

  /// The newest look; empty if there is none yet.
  synchronized Optional<Look> latest() {
    return looks.isEmpty() ? Optional.empty() : Optional.of(looks.getLast());
  }

  /// Why the newest look failed, if it did.
  synchronized Optional<String> trouble() {
    return Optional.ofNullable(trouble).map(Exception::getMessage);
  }

  /// The looks between two times, epoch milliseconds; earlier ones are forgotten.
  synchronized List<Look> take(long fromMs, long toMs) {
    looks.removeIf(look -> look.input().atMs() < fromMs);
    return looks.stream().filter(look -> look.input().atMs() <= toMs).toList();
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
    try {
      thread.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    admin.close(Duration.ofMillis(CLOSE_MS));
  }
}
