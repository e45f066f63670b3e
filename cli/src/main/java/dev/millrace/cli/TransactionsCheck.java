package dev.millrace.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;

/// Transactions that do not end: nobody who reads committed records gets past their beginning.
///
/// @param now this machine's clock, epoch milliseconds
/// @param betweenMs how long to wait before a second look at what may just be ending
record TransactionsCheck(Cluster cluster, long now, long betweenMs) implements DoctorCheck {
  /// Kafka looks for those that have timed out every ten seconds, and clocks differ.
  private static final long GRACE_MS = 30_000;

  private static final Set<TransactionState> OPEN =
      Set.of(
          TransactionState.ONGOING,
          TransactionState.PREPARE_COMMIT,
          TransactionState.PREPARE_ABORT,
          TransactionState.PREPARE_EPOCH_FENCE);

  /// An open transaction in a partition.
  record Open(TopicPartition partition, long producerId, long start) {}

  @Override
  public String name() {
    return "transactions";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    overdue(findings);
    Set<Open> forgotten = forgotten();
    if (!forgotten.isEmpty()) {
      // One that has just ended has no coordinator's word any more, and its mark is on its way.
      TimeUnit.MILLISECONDS.sleep(betweenMs);
      forgotten.retainAll(forgotten());
    }
    for (Open open : forgotten) {
      findings.problem(
          "%s has a transaction open since offset %d, of producer %d, that no coordinator tells of: nobody reads past it"
              .formatted(open.partition(), open.start(), open.producerId()),
          "if this user may describe all transactional ids (else it may be somebody's who is at work): "
              + cluster.command(
                  "kafka-transactions.sh",
                  "abort --topic %s --partition %d --start-offset %d"
                      .formatted(
                          open.partition().topic(), open.partition().partition(), open.start())));
    }
    findings.okUnlessFound("no transaction is open for longer than it may");
  }

  /// Those that the coordinator should have aborted.
  private void overdue(Findings findings) throws NoAnswerException, InterruptedException {
    List<String> ids =
        cluster
            .get(
                cluster
                    .admin()
                    .listTransactions(new ListTransactionsOptions().filterStates(OPEN))
                    .all())
            .stream()
            .map(TransactionListing::transactionalId)
            .toList();
    for (Map.Entry<String, TransactionDescription> transaction :
        cluster.get(cluster.admin().describeTransactions(ids).all()).entrySet()) {
      TransactionDescription state = transaction.getValue();
      long openMs =
          state.transactionStartTimeMs().isPresent()
              ? now - state.transactionStartTimeMs().getAsLong()
              : 0;
      if (openMs > state.transactionTimeoutMs() + GRACE_MS) {
        findings.problem(
            "the transaction of %s is open for %d s, and its timeout is %d s: nobody reads past it in %s"
                .formatted(
                    transaction.getKey(),
                    openMs / 1_000,
                    state.transactionTimeoutMs() / 1_000,
                    Cluster.list(
                        state.topicPartitions().stream()
                            .map(TopicPartition::toString)
                            .collect(Collectors.toSet()))),
            cluster.command(
                    "kafka-transactions.sh",
                    "forceTerminateTransaction --transactionalId " + transaction.getKey())
                + ", and see the log of broker "
                + state.coordinatorId()
                + " for why it did not end it");
      }
    }
  }

  private Set<Open> forgotten() throws NoAnswerException, InterruptedException {
    List<TopicPartition> partitions = new ArrayList<>();
    cluster
        .anyTopics()
        .forEach((name, topic) ->
            topic
                .partitions()
                .forEach(one -> partitions.add(new TopicPartition(name, one.partition()))));
    Map<TopicPartition, PartitionProducerState> producers =
        new HashMap<>(cluster.get(cluster.admin().describeProducers(partitions).all()));
    // Asked after them: who has begun since is known.
    Collection<TransactionListing> known =
        cluster.get(
            cluster
                .admin()
                .listTransactions(new ListTransactionsOptions().filterStates(OPEN))
                .all());
    Map<TopicPartition, List<ProducerState>> open = new HashMap<>();
    producers.forEach((partition, state) -> open.put(partition, state.activeProducers()));
    return forgotten(
        open, known.stream().map(TransactionListing::producerId).collect(Collectors.toSet()));
  }

  /// Transactions that are open in a partition, and in the books of no coordinator.
  ///
  /// @param known producers whose transaction is open by those books
  static Set<Open> forgotten(Map<TopicPartition, List<ProducerState>> producers, Set<Long> known) {
    Set<Open> forgotten = new HashSet<>();
    producers.forEach((partition, states) ->
        states.forEach(state -> {
          if (state.currentTransactionStartOffset().isPresent()
              && !known.contains(state.producerId())) {
            forgotten.add(
                new Open(
                    partition,
                    state.producerId(),
                    state.currentTransactionStartOffset().getAsLong()));
          }
        }));
    return forgotten;
  }
}
