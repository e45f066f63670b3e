package dev.millrace.drill;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads Kafka's topics from their beginning to where they end now, committed records only.
final class TopicReader {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Longer than the processor's transactions may take, and than a broker needs to catch up.
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(30);

  private static final Set<TransactionState> ENDED =
      Set.of(
          TransactionState.EMPTY,
          TransactionState.COMPLETE_COMMIT,
          TransactionState.COMPLETE_ABORT);

  private final String bootstrap;

  TopicReader(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  /// The raw topic, counted.
  ///
  /// @param sent what its senders say
  RawCount raw(Sent sent) {
    RawCount count = new RawCount(new RequestEventCodec(), sent.unknown(), sent.mayBeThere());
    read(
        List.of(Topics.REQUESTS),
        event -> count.add(new Place(event.partition(), event.offset()), event.value()));
    return count;
  }

  /// Everything that the processor has published.
  Published published() {
    Published published = new Published();
    List<String> topics =
        Stream.concat(
                Arrays.stream(WindowSize.values()).map(WindowSize::topic),
                Stream.of(Topics.LATE, Topics.DEAD_LETTERS))
            .toList();
    read(topics, result -> add(result, published));
    return published;
  }

  private static void add(ConsumerRecord<byte[], byte[]> result, Published published) {
    try {
      if (result.topic().equals(Topics.DEAD_LETTERS)) {
        published.addDeadLetter(
            new Place(
                Integer.parseInt(header(result, "partition")),
                Long.parseLong(header(result, "offset"))));
      } else if (result.topic().equals(Topics.LATE)) {
        published.add(JsonRecords.LATE.decode(result.value()));
      } else {
        published.add(JsonRecords.WINDOWS.decode(result.value()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          result.topic()
              + " holds what is no row, at "
              + result.partition()
              + ":"
              + result.offset(),
          e);
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    Header header = letter.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + name);
    if (header == null) {
      throw new DrillException(
          letter.topic()
              + " holds a record that does not say its "
              + name
              + ", at "
              + letter.partition()
              + ":"
              + letter.offset());
    }
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  /// What the raw topic has of a window and series.
  CloseLook lookAt(Cell cell) {
    CloseLook look = new CloseLook(cell);
    RawCount count = new RawCount(new RequestEventCodec(), Set.of(), Map.of());
    count.lookBy(look);
    read(
        List.of(Topics.REQUESTS),
        event -> count.add(new Place(event.partition(), event.offset()), event.value()));
    return look;
  }

  private void read(List<String> topics, Consumer<ConsumerRecord<byte[], byte[]>> to) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long lastMove = System.nanoTime();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> found : consumer.poll(POLL)) {
          lastMove = System.nanoTime();
          to.accept(found);
        }
        if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
          throw new DrillException(
              "Kafka has sent nothing of "
                  + String.join(", ", topics)
                  + " for "
                  + PATIENCE.toSeconds()
                  + " s, though they go on");
        }
      }
    }
  }

  /// Transactions that have not ended, and partitions, internal ones too, whose end readers of
  /// committed records cannot reach because of one; once all who write transactions have been
  /// stopped.
  List<String> openTransactions() throws InterruptedException {
    return onceSettled(TopicReader::openNow);
  }

  /// Partitions, internal ones too, without a leader or with replicas that are behind it.
  ///
  /// @param brokers how many replicas each is to have
  List<String> behind(int brokers) throws InterruptedException {
    return onceSettled(admin -> Replicas.behind(admin, brokers));
  }

  private interface Question {
    List<String> ask(Admin admin) throws InterruptedException, ExecutionException;
  }

  /// What is still not as it should be after a while.
  private List<String> onceSettled(Question question) throws InterruptedException {
    try (Admin admin = Admin.create(Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap))) {
      long deadline = System.nanoTime() + SETTLED_WITHIN.toNanos();
      while (true) {
        List<String> open = question.ask(admin);
        if (open.isEmpty() || System.nanoTime() > deadline) {
          return open;
        }
        Thread.sleep(POLL.toMillis());
      }
    } catch (ExecutionException e) {
      throw new DrillException(
          "Kafka does not tell how its topics are: " + e.getCause().getMessage(), e);
    }
  }

  private static List<String> openNow(Admin admin) throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> all = new HashMap<>();
    admin
        .describeTopics(admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get())
        .allTopicNames()
        .get()
        .forEach((topic, description) ->
            description
                .partitions()
                .forEach(partition ->
                    all.put(
                        new TopicPartition(topic, partition.partition()), OffsetSpec.latest())));
    // What ends first: a transaction that is committed in between is none that is open.
    var ends = admin.listOffsets(all).all().get();
    var stable =
        admin.listOffsets(all, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all().get();
    Stream<String> transactions =
        admin.listTransactions().all().get().stream()
            .filter(transaction -> !ENDED.contains(transaction.state()))
            .map(transaction -> transaction.transactionalId() + " is " + transaction.state());
    Stream<String> places =
        ends.entrySet().stream()
            .filter(end -> stable.get(end.getKey()).offset() < end.getValue().offset())
            .map(end ->
                end.getKey()
                    + " from "
                    + stable.get(end.getKey()).offset()
                    + " of "
                    + end.getValue().offset());
    return Stream.concat(transactions, places).sorted().toList();
  }
}
