package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

class ReplicasTest {
  private static final Node ONE = new Node(1, "localhost", 1);
  private static final Node TWO = new Node(2, "localhost", 2);
  private static final Node THREE = new Node(3, "localhost", 3);

  private static TopicPartitionInfo partition(int number, Node leader, Node... inStep) {
    return new TopicPartitionInfo(number, leader, List.of(ONE, TWO, THREE), List.of(inStep));
  }

  private static List<String> behind(int brokers, TopicPartitionInfo... partitions) {
    return Replicas.behind(
        List.of(new TopicDescription("requests", false, Arrays.asList(partitions))), brokers);
  }

  @Test
  void allInStepIsNothingToTell() {
    assertEquals(
        List.of(),
        behind(3, partition(0, TWO, ONE, TWO, THREE), partition(1, ONE, TWO, ONE, THREE)));
  }

  @Test
  void oneThatIsMissingIsTold() {
    assertEquals(
        List.of("requests-1: 2 of 3 replicas in step"),
        behind(3, partition(0, TWO, ONE, TWO, THREE), partition(1, ONE, ONE, THREE)));
  }

  @Test
  void aPartitionThatNobodyLeadsIsTold() {
    // As Kafka's client tells it, and as it may be told.
    assertEquals(
        List.of(
            "requests-0: no leader, 1 of 1 replicas in step",
            "requests-1: no leader, 1 of 1 replicas in step"),
        behind(1, partition(0, null, ONE), partition(1, Node.noNode(), ONE)));
  }

  @Test
  void aTopicWithTooFewReplicasIsTold() {
    assertEquals(
        List.of("requests-0: 1 of 3 replicas in step"),
        behind(3, new TopicPartitionInfo(0, ONE, List.of(ONE), List.of(ONE))));
  }
}
