package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinkLoopTest {
  private static final TopicPartition P0 = new TopicPartition("windows.1s", 0);
  private static final TopicPartition P1 = new TopicPartition("windows.1s", 1);

  @TempDir Path folder;
  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private WindowStore store;
  private SinkLoop loop;
  private String topicId = "id-1";
  private boolean isAway;
  private boolean isUntidy;
  private Outage outage;
  private WindowListener listener = (_, _) -> {};
  private long nanos;
  private long nowMs;

  @BeforeEach
  void open() {
    store = SqliteWindowStore.open(folder.resolve("millrace.db"));
    outage = new Outage(() -> nanos);
    loop =
        new SinkLoop(
            consumer,
            new ForwardingStore(store) {
              @Override
              void before() {
                if (isAway) {
                  throw new StoreBusyException("away", null);
                }
              }

              @Override
              public void tidy() {
                if (isUntidy) {
                  throw new StoreBusyException("full", null);
                }
              }
            },
            outage,
            new Retention(Optional.of(Duration.ofDays(1)), clock()),
            _ -> Map.of("windows.1s", topicId),
            (rows, complete) -> listener.written(rows, complete));
    consumer.subscribe(List.of("windows.1s"), loop);
    consumer.updateBeginningOffsets(Map.of(P0, 0L, P1, 3L));
    consumer.updateEndOffsets(Map.of(P0, 100L, P1, 100L));
  }

  @AfterEach
  void close() {
    consumer.close();
    store.close();
  }

  @Test
  void beginsAtTheBeginning() {
    consumer.rebalance(List.of(P0, P1));
    assertTrue(loop.hasJoined());
    assertEquals(Map.of(P0, 0L, P1, 3L), loop.metrics().positions());
    assertEquals(3, consumer.position(P1));
    assertEquals(Map.of(), store.offsets());
  }

  @Test
  void goesOnFromTheDatabaseAndNotFromKafka() {
    store.write(List.of(), List.of(new OffsetAdvance(P0, OptionalLong.empty(), 42)));
    consumer.rebalance(List.of(P0, P1));
    assertEquals(42, consumer.position(P0));
    assertEquals(Map.of(P0, 42L, P1, 3L), loop.metrics().positions());
  }

  @Test
  void writesRowsAndOffsetsOfEachPoll() {
    consumer.rebalance(List.of(P0, P1));
    send(P0, 0, row(0, 5));
    send(P0, 1, row(2, 6));
    send(P1, 3, row(1, 7));
    loop.pass();
    assertEquals(Map.of(P0, 2L, P1, 4L), store.offsets());
    assertEquals(new SinkMetrics(3, 2, 1, 0, 0, 0, store.offsets()), loop.metrics());
    assertEquals(2, consumer.committed(Set.of(P0)).get(P0).offset());
  }

  @Test
  void whoIsToldOfRowsCannotEndTheSink() {
    listener =
        (_, _) -> {
          throw new IllegalStateException("on purpose");
        };
    consumer.rebalance(List.of(P0));
    send(P0, 0, row(0, 1));
    loop.pass();
    send(P0, 1, row(1, 1));
    loop.pass();
    assertEquals(new SinkMetrics(2, 2, 0, 0, 0, 0, Map.of(P0, 2L)), loop.metrics());
    assertEquals(2, consumer.committed(Set.of(P0)).get(P0).offset());
  }

  @Test
  void rejectsWhatIsNoRowAndGoesOn() {
    consumer.rebalance(List.of(P0));
    for (int i = 0; i < 15; i++) {
      send(P0, i, "poison");
    }
    send(P0, 15, row(0, 1));
    consumer.addRecord(new ConsumerRecord<>("windows.1s", 0, 16, null, null));
    loop.pass();
    assertEquals(new SinkMetrics(17, 1, 0, 16, 0, 0, Map.of(P0, 17L)), loop.metrics());
  }

  @Test
  void staleWriterGoesOnWhereTheOtherOneIs() {
    consumer.rebalance(List.of(P0));
    send(P0, 0, row(0, 1));
    loop.pass();
    store.write(List.of(), List.of(new OffsetAdvance(P0, OptionalLong.of(1), 3)));
    send(P0, 1, row(0, 2));
    loop.pass();
    assertEquals(3, consumer.position(P0));
    assertEquals(new SinkMetrics(1, 1, 0, 0, 0, 1, Map.of(P0, 3L)), loop.metrics());
    send(P0, 3, row(0, 4));
    loop.pass();
    assertEquals(new SinkMetrics(2, 2, 0, 0, 0, 1, Map.of(P0, 4L)), loop.metrics());
  }

  @Test
  void forgetsPartitionsThatAreTakenAway() {
    consumer.rebalance(List.of(P0, P1));
    consumer.rebalance(List.of(P1));
    assertEquals(Map.of(P1, 3L), loop.metrics().positions());
    store.write(List.of(), List.of(new OffsetAdvance(P0, OptionalLong.empty(), 9)));
    consumer.rebalance(List.of(P0, P1));
    assertEquals(9, consumer.position(P0));
    send(P0, 9, row(0, 1));
    loop.pass();
    assertEquals(Map.of(P0, 10L), store.offsets());
  }

  @Test
  void countsOffsetsThatRetentionDeletedFirst() {
    store.write(List.of(), List.of(new OffsetAdvance(P1, OptionalLong.empty(), 1)));
    consumer.rebalance(List.of(P1));
    send(P1, 3, row(0, 1));
    loop.pass();
    assertEquals(new SinkMetrics(0, 0, 0, 0, 2, 0, Map.of(P1, 3L)), loop.metrics());
    send(P1, 3, row(0, 1));
    loop.pass();
    assertEquals(Map.of(P1, 4L), store.offsets());
  }

  @Test
  void refusesATopicThatWasMadeAnew() {
    consumer.rebalance(List.of(P0));
    consumer.rebalance(List.of());
    topicId = "id-2";
    SinkException refusal =
        assertThrows(SinkException.class, () -> consumer.rebalance(List.of(P0)));
    assertTrue(refusal.getMessage().contains("holds rows of an earlier topic windows.1s"));
  }

  @Test
  void refusesATopicThatIsShorterThanWhatWasRead() {
    store.write(List.of(), List.of(new OffsetAdvance(P0, OptionalLong.empty(), 500)));
    consumer.rebalance(List.of(P0));
    consumer.setPollException(new OffsetOutOfRangeException(Map.of(P0, 500L)));
    SinkException refusal = assertThrows(SinkException.class, this::poll);
    assertTrue(
        refusal
            .getMessage()
            .contains(
                "read windows.1s-0 up to offset 500, but it ends at 100: Kafka has lost records"));
  }

  @Test
  void refusesATopicThatHasOtherRecordsNowWhereItHasRead() {
    store.write(List.of(), List.of(new OffsetAdvance(P0, OptionalLong.empty(), 50)));
    consumer.rebalance(List.of(P0));
    consumer.setPollException(new LogTruncationException(Map.of(P0, 50L), Map.of()));
    SinkException refusal = assertThrows(SinkException.class, this::poll);
    assertTrue(refusal.getMessage().contains("Kafka has lost records"), refusal.getMessage());
  }

  @Test
  void aStoreThatCannotTidyUpIsAwayUntilItCan() {
    consumer.rebalance(List.of(P0));
    isUntidy = true;
    loop.pass();
    assertTrue(outage.isOn());
    nanos += outage.untilNextTry().toNanos();
    loop.pass();
    assertTrue(outage.isOn());
    isUntidy = false;
    nanos += outage.untilNextTry().toNanos();
    loop.pass();
    assertFalse(outage.isOn());
    assertEquals(Set.of(), consumer.paused());
  }

  private void poll() {
    loop.pass();
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return Instant.ofEpochMilli(nowMs);
      }
    };
  }

  private void waitForNextTry() {
    nanos += Duration.ofSeconds(3).toNanos();
  }

  @Test
  void pollsWithPausedPartitionsWhileTheStoreIsAway() {
    consumer.rebalance(List.of(P0, P1));
    isAway = true;
    send(P0, 0, row(0, 1));
    loop.pass();
    assertEquals(Set.of(P0, P1), consumer.paused());
    send(P0, 1, row(1, 2));
    waitForNextTry();
    loop.pass();
    assertEquals(Map.of(), store.offsets());
    assertEquals(0, loop.metrics().consumed());
    isAway = false;
    // Before it is time for the next try, nothing is asked of the store.
    loop.pass();
    assertEquals(Map.of(), store.offsets());
    waitForNextTry();
    loop.pass();
    assertTrue(Collections.disjoint(consumer.assignment(), consumer.paused()));
    loop.pass();
    assertEquals(Map.of(P0, 2L), store.offsets());
    assertEquals(new SinkMetrics(2, 2, 0, 0, 0, 0, Map.of(P0, 2L, P1, 3L)), loop.metrics());
  }

  @Test
  void whatIsGivenWhileTheStoreIsAwayIsPlacedLater() {
    store.write(List.of(), List.of(new OffsetAdvance(P0, OptionalLong.empty(), 42)));
    isAway = true;
    consumer.rebalance(List.of(P0, P1));
    assertEquals(Set.of(P0, P1), consumer.paused());
    assertEquals(Map.of(), loop.metrics().positions());
    loop.pass();
    isAway = false;
    waitForNextTry();
    loop.pass();
    assertEquals(Map.of(P0, 42L, P1, 3L), loop.metrics().positions());
    assertEquals(42, consumer.position(P0));
    assertTrue(Collections.disjoint(consumer.assignment(), consumer.paused()));
  }

  @Test
  void whatIsTakenAwayWhileTheStoreIsAwayIsNotWritten() {
    consumer.rebalance(List.of(P0, P1));
    isAway = true;
    send(P0, 0, row(0, 1));
    send(P1, 3, row(0, 2));
    loop.pass();
    consumer.rebalance(List.of(P1));
    isAway = false;
    waitForNextTry();
    loop.pass();
    assertEquals(Map.of(), store.offsets());
    assertEquals(Map.of(P1, 3L), loop.metrics().positions());
    // Ours is read again.
    send(P1, 3, row(0, 2));
    loop.pass();
    assertEquals(Map.of(P1, 4L), store.offsets());
    assertEquals(1, loop.metrics().consumed());
  }

  @Test
  void oldRowsAreDeletedBetweenPolls() {
    consumer.rebalance(List.of(P0));
    nowMs = Traffic.START + Duration.ofHours(1).toMillis();
    send(P0, 0, row(0, 1));
    loop.pass();
    assertEquals(0, store.deleteBefore(Traffic.START, 10));
    nowMs = Traffic.START + Duration.ofHours(25).toMillis();
    loop.pass();
    assertEquals(0, store.deleteBefore(Long.MAX_VALUE, 10));
    assertEquals(Map.of(P0, 1L), store.offsets());
  }

  private static String row(int revision, long requests) {
    return new String(
        JsonRecords.WINDOWS.encode(WindowStoreContract.row(revision, requests)),
        StandardCharsets.UTF_8);
  }

  private void send(TopicPartition partition, long offset, String value) {
    consumer.addRecord(
        new ConsumerRecord<>(
            partition.topic(),
            partition.partition(),
            offset,
            null,
            value.getBytes(StandardCharsets.UTF_8)));
  }
}
