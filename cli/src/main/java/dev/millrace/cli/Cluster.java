package dev.millrace.cli;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/// A cluster as the doctor sees it: answers within a time that is the same for all questions
/// together. What several checks need is asked once. Not thread-safe.
final class Cluster implements AutoCloseable {
  private static final int ANSWER_TIMEOUT_MS = 5_000;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

  private final String bootstrapServers;
  private final Admin admin;
  private final long deadline;
  private final String applicationId;
  private Map<String, TopicDescription> topics;
  private Map<String, Config> configs;

  /// @param kafka settings of Kafka's clients
  /// @param applicationId the processor's, which its own topics begin with
  /// @param patience how long all answers together may take
  Cluster(
      String bootstrapServers, Map<String, String> kafka, String applicationId, Duration patience) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_TIMEOUT_MS);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_TIMEOUT_MS);
    this.bootstrapServers = bootstrapServers;
    this.applicationId = applicationId;
    admin = Admin.create(settings);
    deadline = System.nanoTime() + patience.toNanos();
  }

  Admin admin() {
    return admin;
  }

  /// A command with one of Kafka's own tools, such as `kafka-configs.sh`, that asks this cluster.
  String command(String tool, String rest) {
    return tool + " --bootstrap-server " + bootstrapServers + " " + rest;
  }

  /// A command that changes a setting of a topic.
  String alter(String topic, String name, Object value) {
    return command(
        "kafka-configs.sh",
        "--alter --entity-type topics --entity-name "
            + topic
            + " --add-config "
            + name
            + "="
            + value);
  }

  /// Waits for an answer, as long as there is time.
  <T> T get(KafkaFuture<T> answer) throws NoAnswerException, InterruptedException {
    try {
      long left = Math.max(1, deadline - System.nanoTime());
      return answer.get(left, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new NoAnswerException("not checked: no time is left (--timeout)", e);
    } catch (ExecutionException e) {
      throw noAnswer(e.getCause());
    }
  }

  /// Why there is no answer.
  static NoAnswerException noAnswer(Throwable cause) {
    return new NoAnswerException(
        switch (cause) {
          case AuthorizationException _ ->
              "not checked, this user may not ask: " + cause.getMessage();
          case UnsupportedVersionException _ ->
              "not checked, this Kafka cannot tell: " + cause.getMessage();
          case org.apache.kafka.common.errors.TimeoutException _ ->
              "not checked: Kafka did not answer within " + ANSWER_TIMEOUT_MS / 1_000 + " s";
          default -> "not checked: " + Sentences.sentence(cause);
        },
        cause);
  }

  /// The topics of the contract and the processor's own, as far as they are there, by name.
  Map<String, TopicDescription> topics() throws NoAnswerException, InterruptedException {
    if (topics == null) {
      Pattern own =
          Pattern.compile(
              Pattern.quote(applicationId) + "-(partials|windows)-v[0-9]+-(repartition|changelog)");
      Collection<String> there =
          get(admin.listTopics().names()).stream()
              .filter(name -> ContractTopics.names().contains(name) || own.matcher(name).matches())
              .toList();
      topics = new TreeMap<>(get(admin.describeTopics(there).allTopicNames()));
    }
    return topics;
  }

  /// The same, for a check that without any topic would find nothing wrong, and say so.
  ///
  /// @throws NoAnswerException if there are none, or none that this user may see
  Map<String, TopicDescription> anyTopics() throws NoAnswerException, InterruptedException {
    if (topics().isEmpty()) {
      throw new NoAnswerException(
          "not checked: none of the topics is there, or this user may see none");
    }
    return topics();
  }

  /// The topics that the processor has made for itself.
  List<String> internalTopics() throws NoAnswerException, InterruptedException {
    return topics().keySet().stream()
        .filter(name -> !ContractTopics.names().contains(name))
        .toList();
  }

  /// A setting of one of [#topics()], whoever has set it; empty if this Kafka has none such.
  String setting(String topic, String name) throws NoAnswerException, InterruptedException {
    if (configs == null) {
      List<ConfigResource> resources =
          topics().keySet().stream()
              .map(one -> new ConfigResource(ConfigResource.Type.TOPIC, one))
              .toList();
      Map<String, Config> found = new HashMap<>();
      get(admin.describeConfigs(resources).all())
          .forEach((resource, config) -> found.put(resource.name(), config));
      configs = found;
    }
    return configs.get(topic).get(name) == null
        ? ""
        : String.valueOf(configs.get(topic).get(name).value());
  }

  /// The same as a number; the largest if this Kafka has none such.
  long number(String topic, String name) throws NoAnswerException, InterruptedException {
    String value = setting(topic, name);
    return value.isEmpty() ? Long.MAX_VALUE : Long.parseLong(value);
  }

  /// Names in the order of the alphabet.
  static String list(Collection<String> names) {
    return String.join(", ", new TreeSet<>(names));
  }

  @Override
  public void close() {
    admin.close(CLOSE_PATIENCE);
  }
}
