package dev.millrace.sink;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Asks Kafka which cluster it is and which topics are behind their names. An offset means
/// something only together with both.
final class KafkaIdentity implements SinkLoop.TopicIds, AutoCloseable {
  private static final int ATTEMPTS = 50;
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Admin admin;

  /// @param settings a client's settings; what is not for an admin client is left out
  /// @throws KafkaException if they will not do
  KafkaIdentity(Map<String, Object> settings) {
    Map<String, Object> own = new HashMap<>(settings);
    own.keySet().retainAll(AdminClientConfig.configNames());
    admin = Admin.create(own);
  }

  /// @throws KafkaException if Kafka does not answer
  String clusterId() {
    return get(admin.describeCluster().clusterId());
  }

  @Override
  public Map<String, String> of(Collection<String> topics) {
    for (int attempt = 1; ; attempt++) {
      try {
        return get(admin.describeTopics(topics).allTopicNames()).entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().topicId().toString()));
      } catch (UnknownTopicOrPartitionException e) {
        // The broker that answers may not have heard of a new topic yet.
        if (attempt == ATTEMPTS) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while asking Kafka", e);
    }
  }

  private static <T> T get(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException unknown) {
        throw unknown;
      }
      throw new KafkaException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while asking Kafka", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
