package dev.millrace.e2e;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/// Kafka's clients, but some commits of transactions fail: in turn before they reach the broker,
/// and after, so that all is undone or only nobody knows that it was done.
///
/// Public with a public constructor because Kafka Streams makes it by name.
public final class FaultyClients implements KafkaClientSupplier {
  private static final AtomicInteger COMMITS = new AtomicInteger();
  private static final AtomicInteger FAULTS = new AtomicInteger();
  private static volatile int every;
  private static volatile int limit;

  /// Begins anew.
  ///
  /// @param commits of this many one fails
  /// @param faults until so many have
  static void plan(int commits, int faults) {
    COMMITS.set(0);
    FAULTS.set(0);
    every = commits;
    limit = faults;
  }

  /// How many commits have failed.
  static int faults() {
    return FAULTS.get();
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  @SuppressWarnings("unchecked")
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    Producer<byte[], byte[]> real =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          boolean fails =
              method.getName().equals("commitTransaction")
                  && COMMITS.incrementAndGet() % every == 0
                  && FAULTS.get() < limit;
          int fault = fails ? FAULTS.incrementAndGet() : 0;
          if (fault % 2 == 1) {
            throw new ProducerFencedException("by the test, before the commit");
          }
          Object answer;
          try {
            answer = method.invoke(real, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          if (fails) {
            throw new ProducerFencedException("by the test, after the commit");
          }
          return answer;
        };
    return (Producer<byte[], byte[]>)
        Proxy.newProxyInstance(
            FaultyClients.class.getClassLoader(), new Class<?>[] {Producer.class}, handler);
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return getConsumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return getConsumer(config);
  }
}
