package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class RotatingPartitionerTest {
  private static final String TOPIC = "requests";
  private static final Node NODE = new Node(1, "localhost", 9092);
  private static final byte[] VALUE = new byte[1 << 10];

  private final RotatingPartitioner partitioner = new RotatingPartitioner();

  @Test
  void everyPartitionHasItsTurnBeforeAnyHasAnother() {
    Cluster cluster = cluster(NODE, NODE, NODE);
    int recordsATurn = RotatingPartitioner.TURN / VALUE.length;
    List<Integer> chosen =
        IntStream.range(0, 6 * recordsATurn).mapToObj(i -> partition(cluster, null)).toList();
    for (int i = 0; i < chosen.size(); i++) {
      assertEquals(i / recordsATurn % 3, chosen.get(i));
    }
  }

  /// A window waits for the partition that is furthest behind: none may be by more than a round.
  @Test
  void eventTimesOfPartitionsDoNotDriftApart() {
    double perS = 100_000;
    Scenario scenario = Scenario.steady(perS, Duration.ofSeconds(10), 20, 5, 42);
    Schedule schedule = scenario.load().schedule(scenario.seed());
    EventGenerator generator = new EventGenerator(scenario, 1_764_000_000_000L);
    for (int count : new int[] {1, 2, 4, 12}) {
      Cluster cluster = cluster(Stream.generate(() -> NODE).limit(count).toArray(Node[]::new));
      long[] newest = new long[count];
      long[] bytes = new long[count];
      long furthest = 0;
      int shortest = Integer.MAX_VALUE;
      for (int i = 0; i < 200_000; i++) {
        long due = schedule.dueNanos(i);
        byte[] value = generator.next(i, due);
        shortest = Math.min(shortest, value.length);
        int partition = partitioner.partition(TOPIC, null, null, value, value, cluster);
        newest[partition] = due;
        bytes[partition] += value.length;
        if (i > count * RotatingPartitioner.TURN / shortest) {
          furthest = Math.max(furthest, due - Arrays.stream(newest).min().orElseThrow());
        }
      }
      double roundNanos = (double) count * RotatingPartitioner.TURN / shortest / perS * 1e9;
      assertTrue(furthest <= roundNanos, furthest + " of " + roundNanos + " with " + count);
      long spread =
          Arrays.stream(bytes).max().orElseThrow() - Arrays.stream(bytes).min().orElseThrow();
      assertTrue(spread <= 2 * RotatingPartitioner.TURN, spread + " bytes with " + count);
    }
  }

  @Test
  void aPartitionWithoutALeaderHasNoTurn() {
    Cluster cluster = cluster(NODE, null, NODE);
    assertTrue(
        IntStream.range(0, 100)
            .map(i -> partition(cluster, null))
            .allMatch(partition -> partition != 1));
  }

  @Test
  void aKeyDecidesAsInKafkasOwnPartitioner() {
    byte[] key = "checkout".getBytes(StandardCharsets.UTF_8);
    assertEquals(
        Utils.toPositive(Utils.murmur2(key)) % 3, partition(cluster(NODE, NODE, NODE), key));
  }

  private int partition(Cluster cluster, byte[] key) {
    return partitioner.partition(TOPIC, key, key, VALUE, VALUE, cluster);
  }

  private static Cluster cluster(Node... leaders) {
    List<PartitionInfo> partitions =
        IntStream.range(0, leaders.length)
            .mapToObj(i -> new PartitionInfo(TOPIC, i, leaders[i], new Node[0], new Node[0]))
            .toList();
    return new Cluster("cluster", List.of(NODE), partitions, Set.of(), Set.of());
  }
}
