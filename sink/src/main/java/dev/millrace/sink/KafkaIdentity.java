package dev.millrace.sink;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;

/// Asks Kafka which cluster it is and which topics are behind their names. An offset means
/// something only together with both.
final class KafkaIdentity implements SinkLoop.TopicIds, AutoCloseable {
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
    return get(admin.describeTopics(topics).allTopicNames()).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().topicId().toString()));
  }

  private static <T> T get(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
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
