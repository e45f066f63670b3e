package dev.millrace.broker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/// One transaction after the other, a record for each partition in it, until stopped.
final class EndlessTransactions {
  private final KafkaProducer<String, String> producer;
  private final CountDownLatch committed;
  private final Thread thread;
  private volatile boolean stopping;

  /// @param id its `transactional.id`
  /// @param enough how many [#await()] waits for
  EndlessTransactions(Clients clients, String id, String topic, int partitions, int enough) {
    committed = new CountDownLatch(enough);
    producer =
        clients.producer(
            Map.of("transactional.id", id, "transaction.timeout.ms", "5000", "linger.ms", "0"));
    thread = Thread.ofVirtual().start(() -> run(topic, partitions));
  }

  private void run(String topic, int partitions) {
    try {
      producer.initTransactions();
      while (true) {
        producer.beginTransaction();
        for (int partition = 0; partition < partitions; partition++) {
          var _ = producer.send(new ProducerRecord<>(topic, partition, null, "record"));
        }
        producer.commitTransaction();
        committed.countDown();
      }
    } catch (KafkaException | IllegalStateException e) {
      if (!stopping) {
        throw e;
      }
    }
  }

  /// Returns when enough have been committed.
  void await() throws InterruptedException {
    committed.await();
  }

  /// Ends it in the middle of what it does.
  void stop() throws InterruptedException {
    stopping = true;
    producer.close(Duration.ZERO);
    thread.join();
  }
}
