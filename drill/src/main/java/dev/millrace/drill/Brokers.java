package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;

/// Kafka in a drill: one broker, which is a command of ours, or a cluster of three, each with three
/// replicas of everything, of which two must have what is acknowledged.
final class Brokers implements AutoCloseable {
  /// How many there may be.
  static final List<Integer> COUNTS = List.of(1, 3);

  /// What a fault breaks of them: one. Of several, the seed chooses.
  static final String ANY = "broker";

  /// What a fault breaks of them: the one that leads the quorum of controllers at that moment.
  static final String CONTROLLER = "controller";

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);
  private static final Duration TOPICS_WITHIN = Duration.ofMinutes(2);

  /// They have little to do, and start often. And what they have to say of a healthy start is
  /// thousands of lines.
  private static final List<String> NODE_JVM =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xmx384m",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
          "-Dorg.slf4j.simpleLogger.showDateTime=true",
          "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS");

  private final DrillConfig config;
  private final Links links;
  private final List<Part> parts = new ArrayList<>();
  private Admin admin;

  Brokers(DrillConfig config, Links links) {
    this.config = config;
    this.links = links;
    if (config.brokers() == 1) {
      parts.add(single());
    } else {
      addNodes();
    }
  }

  /// Names of their parts.
  static List<String> names(int count) {
    return count == 1
        ? List.of(ANY)
        : IntStream.rangeClosed(1, count).mapToObj(node -> ANY + "-" + node).toList();
  }

  /// Targets of a fault, with each of several brokers in place of [#ANY].
  static List<String> each(List<String> targets, int count) {
    return targets.stream()
        .flatMap(target -> target.equals(ANY) ? names(count).stream() : Stream.of(target))
        .toList();
  }

  private Part single() {
    return new Part(
        ANY,
        List.of("-Xmx512m"),
        config.mainClass(),
        List.of(
            "broker",
            "--port",
            Integer.toString(links.brokerPort(0)),
            "--data",
            folder(ANY),
            "--kafka",
            "advertised.listeners=PLAINTEXT://" + links.brokerAddress(0)),
        Pattern.compile("Kafka listens on "),
        config.data());
  }

  private void addNodes() {
    List<String> names = names(config.brokers());
    List<String> ports =
        IntStream.range(0, names.size())
            .mapToObj(i ->
                links.brokerPort(i)
                    + ","
                    + links.replicationPort(i)
                    + ","
                    + links.controllerPort(i))
            .toList();
    String cluster = Uuid.randomUuid().toString();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      List<String> arguments = new ArrayList<>();
      arguments.addAll(
          List.of(folder(name), cluster, Integer.toString(i + 1), links.brokerAddress(i)));
      arguments.addAll(ports);
      parts.add(
          new Part(
              name,
              NODE_JVM,
              config.nodeClass(),
              arguments,
              Pattern.compile("Kafka's node \\d+ serves"),
              config.data()));
    }
  }

  private String folder(String name) {
    return config.data().resolve(name).toString();
  }

  List<Part> parts() {
    return parts;
  }

  /// Makes the topics of the contract, if the brokers have not done so; once they serve.
  void makeTopics() throws IOException, InterruptedException {
    if (parts.size() == 1) {
      return;
    }
    Part topics =
        new Part(
            "topics",
            List.of("-XX:+UseSerialGC", "-Xmx128m"),
            config.mainClass(),
            List.of(
                "topics",
                "create",
                "--replication",
                Integer.toString(parts.size()),
                "--bootstrap-server",
                links.bootstrap()),
            Pattern.compile("Created "),
            config.data());
    topics.start();
    try {
      if (!topics.await(TOPICS_WITHIN) || topics.ready().isEmpty()) {
        throw new DrillException("the topics could not be made; see " + topics.log());
      }
    } finally {
      topics.kill();
    }
  }

  /// Which one leads the quorum of controllers now.
  ///
  /// @throws DrillException if none of them knows
  String controller() throws InterruptedException {
    if (parts.size() == 1) {
      return ANY;
    }
    try {
      int leader =
          admin()
              .describeMetadataQuorum()
              .quorumInfo()
              .get(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
              .leaderId();
      return parts.get(leader - 1).name();
    } catch (ExecutionException | TimeoutException e) {
      throw new DrillException("Kafka does not tell which node is its controller: " + e, e);
    }
  }

  /// Whether each partition has all its replicas in step with its leader: only then one more broker
  /// may die. Of one broker there is nothing to wait for.
  boolean areInStep() throws InterruptedException {
    if (parts.size() == 1) {
      return true;
    }
    try {
      return Replicas.behind(admin(), parts.size()).isEmpty();
    } catch (ExecutionException e) {
      // One of them is not there yet.
      return false;
    }
  }

  private Admin admin() {
    if (admin == null) {
      admin =
          Admin.create(
              Map.of(
                  AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                  links.bootstrap(),
                  AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                  Math.toIntExact(ANSWER_WITHIN.toMillis()),
                  AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                  Math.toIntExact(ANSWER_WITHIN.toMillis() / 4)));
    }
    return admin;
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
