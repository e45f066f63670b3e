package dev.millrace.cli;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs a single real Kafka broker, with the topics of the contract.
@Command(
    name = "broker",
    description = "Run one real Kafka broker on this machine, with Millrace's topics.",
    footer = {
      "",
      "Examples:",
      "  millrace broker",
      "  millrace broker --port 19092 --data /var/lib/millrace-kafka"
    })
final class BrokerCommand implements Callable<Integer> {
  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "9092",
      description = "Port on loopback, 0 for any. Default: ${DEFAULT-VALUE}")
  private int port;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      defaultValue = "millrace-data/broker",
      description = "Where it keeps its log. Default: ${DEFAULT-VALUE}")
  private Path data;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "Partitions of the topics it creates. Default: ${DEFAULT-VALUE}")
  private int partitions;

  @Option(
      names = "--kafka",
      paramLabel = "NAME=VALUE",
      description = "A setting of Kafka's server, as Kafka names it; may be given again.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BrokerCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws InterruptedException {
    TopicsCommand.requirePartitions(partitions);
    interruption.hold();
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(new BrokerConfig(data, port, BrokerConfig.DEFAULT_HOST, settings))) {
      try (Admin admin = ContractTopics.admin(broker.bootstrapServers(), Map.of())) {
        ContractTopics.create(admin, partitions, Optional.empty());
      }
      spec.commandLine().getOut().println("Kafka listens on " + broker.bootstrapServers());
      spec.commandLine().getErr().println("Its data is in " + data + ". Ctrl-C stops it.");
      while (!interruption.await(Long.MAX_VALUE)) {}
    }
    return 0;
  }
}
