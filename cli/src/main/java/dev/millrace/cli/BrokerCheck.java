package dev.millrace.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;

/// Who answers, and what it can. Brokers do not tell their version, but the features that are
/// switched on follow from it.
record BrokerCheck(Cluster cluster) implements DoctorCheck {
  private static final String TRANSACTIONS = "transaction.version";
  private static final int DEFENDED = 2;

  @Override
  public String name() {
    return "broker";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    answers(findings, cluster.get(cluster.admin().describeCluster().nodes()));
    FeatureMetadata features = cluster.get(cluster.admin().describeFeatures().featureMetadata());
    Map<String, Short> levels =
        features.finalizedFeatures().entrySet().stream()
            .collect(
                Collectors.toMap(Map.Entry::getKey, level -> level.getValue().maxVersionLevel()));
    String text =
        "features: "
            + (levels.isEmpty()
                ? "none"
                : levels.entrySet().stream()
                    .map(level -> level.getKey() + " " + level.getValue())
                    .sorted()
                    .collect(Collectors.joining(", ")));
    if (levels.getOrDefault(TRANSACTIONS, (short) 0) < DEFENDED) {
      findings.warning(
          text
              + ": transactions are not of version 2, so a record that comes too late may be left in a"
              + " transaction that never ends",
          cluster.command("kafka-features.sh", "upgrade --feature " + TRANSACTIONS + "=" + DEFENDED)
              + " (Kafka 4)");
    } else {
      findings.ok(text);
    }
  }

  /// Asks each of them for its settings: one broker tells who the others are, and not that this
  /// machine gets through to them.
  void answers(Findings findings, Collection<Node> nodes)
      throws NoAnswerException, InterruptedException {
    Map<Node, KafkaFuture<Config>> answers = new HashMap<>();
    for (Node node : nodes) {
      ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
      answers.put(node, cluster.admin().describeConfigs(List.of(broker)).values().get(broker));
    }
    List<String> there = new ArrayList<>();
    List<String> silent = new ArrayList<>();
    for (Map.Entry<Node, KafkaFuture<Config>> answer : answers.entrySet()) {
      Node node = answer.getKey();
      String address = node.host() + ":" + node.port();
      try {
        cluster.get(answer.getValue());
        there.add(address);
      } catch (NoAnswerException e) {
        switch (e.getCause()) {
          // That is an answer, too.
          case AuthorizationException _ -> there.add(address);
          case TimeoutException _ -> silent.add(address + " (broker " + node.id() + ")");
          default -> throw e;
        }
      }
    }
    if (!silent.isEmpty()) {
      findings.problem(
          "part of the cluster, and does not answer: " + Cluster.list(silent),
          "if it runs, see whether this machine, and those of the services, get through to it"
              + " (advertised.listeners)");
    }
    if (!there.isEmpty()) {
      findings.ok(
          there.size()
              + (there.size() == 1 ? " broker answers: " : " brokers answer: ")
              + Cluster.list(there));
    }
  }
}
