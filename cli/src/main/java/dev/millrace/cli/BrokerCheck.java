package dev.millrace.cli;

import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.common.Node;

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
    Collection<Node> nodes = cluster.get(cluster.admin().describeCluster().nodes());
    findings.ok(
        nodes.size()
            + (nodes.size() == 1 ? " broker answers: " : " brokers answer: ")
            + nodes.stream()
                .map(node -> node.host() + ":" + node.port())
                .sorted()
                .collect(Collectors.joining(", ")));
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
}
