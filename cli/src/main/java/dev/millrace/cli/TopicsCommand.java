package dev.millrace.cli;

import dev.millrace.events.Topics;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Makes, lists and deletes the topics of the contract.
@Command(
    name = "topics",
    description = "Create, list or delete Millrace's topics.",
    footer = {
      "",
      "Examples:",
      "  millrace topics create --partitions 12 --replication 3",
      "  millrace topics list --bootstrap-server kafka:9092"
    })
final class TopicsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "create, list or delete?");
  }

  static void requirePartitions(int partitions) {
    if (partitions < 1 || partitions > 10_000) {
      throw new IllegalArgumentException("--partitions " + partitions + ": must be 1 to 10000");
    }
  }

  @Command(
      name = "create",
      description = "Create the topics that are missing.",
      footer = {
        "",
        "Examples:",
        "  millrace topics create --partitions 12 --replication 3",
        "  millrace topics create --bootstrap-server kafka:9093 --kafka-config client.properties"
      })
  int create(
      @Mixin KafkaOptions kafka,
      @Option(
              names = "--partitions",
              paramLabel = "N",
              defaultValue = "4",
              description = "Partitions of requests and windows. Default: ${DEFAULT-VALUE}")
          int partitions,
      @Option(
              names = "--replication",
              paramLabel = "N",
              description = "Copies of each partition. Default: the cluster's")
          Short replication)
      throws IOException {
    requirePartitions(partitions);
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), kafka.reachableSettings())) {
      List<String> made =
          ContractTopics.create(admin, partitions, Optional.ofNullable(replication));
      say(
          made.isEmpty()
              ? "All topics exist already."
              : "Created " + String.join(", ", made) + ".");
    }
    return 0;
  }

  @Command(
      name = "list",
      description = "List the topics that are there.",
      footer = {
        "",
        "Examples:",
        "  millrace topics list",
        "  millrace topics list --bootstrap-server kafka:9092"
      })
  int list(@Mixin KafkaOptions kafka) throws IOException {
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), kafka.reachableSettings())) {
      ContractTopics.list(admin)
          .forEach((name, topic) ->
              say(
                  String.format(
                      Locale.ROOT,
                      "%-14s %3d partitions, %d replicas",
                      name,
                      topic.partitions().size(),
                      topic.partitions().getFirst().replicas().size())));
    }
    return 0;
  }

  @Command(
      name = "delete",
      description = "Delete the topics, with all that is in them.",
      footer = {
        "",
        "Examples:",
        "  millrace topics delete         # does nothing, and says what it would do",
        "  millrace topics delete --yes --bootstrap-server kafka:9092"
      })
  int delete(
      @Mixin KafkaOptions kafka,
      @Option(names = "--yes", description = "Really do it.") boolean yes)
      throws IOException {
    if (!yes) {
      throw new ParameterException(
          spec.commandLine().getSubcommands().get("delete"),
          "this deletes all events and results at "
              + kafka.bootstrapServers()
              + "; add --yes if you mean it");
    }
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), kafka.reachableSettings())) {
      Collection<String> gone = ContractTopics.delete(admin);
      say(gone.isEmpty() ? "There were none." : "Deleted " + String.join(", ", gone) + ".");
      if (gone.contains(Topics.REQUESTS)) {
        // With new topics of the same names the old state would be wrong, and is refused.
        say("A processor's group and its topics …-repartition and …-changelog are still there.");
      }
    }
    return 0;
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
  }
}
