package dev.millrace.cli;

import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs the topology.
@Command(
    name = "processor",
    description = "Aggregate events into windows.",
    footer = {
      "",
      "Examples:",
      "  millrace processor",
      "  millrace processor --threads 4 --state /var/lib/millrace-processor",
      "  millrace processor --grace 36500d        # while old logs are replayed"
    })
final class ProcessorCommand implements Callable<Integer> {
  private static final long CHECK_MS = 500;

  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--application-id",
      paramLabel = "ID",
      defaultValue = ProcessorConfig.DEFAULT_APPLICATION_ID,
      description = "Instances with one id share the work. Default: ${DEFAULT-VALUE}")
  private String applicationId;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "Stream threads. Default: ${DEFAULT-VALUE}")
  private int threads;

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = Units.DurationConverter.class,
      description =
          "How late an event may be; windows are kept that long. Default: ${DEFAULT-VALUE}")
  private Duration grace;

  @Option(
      names = "--commit-interval",
      paramLabel = "TIME",
      defaultValue = "200ms",
      converter = Units.DurationConverter.class,
      description = "How often results become visible. Default: ${DEFAULT-VALUE}")
  private Duration commitInterval;

  @Option(
      names = "--max-future-skew",
      paramLabel = "TIME",
      defaultValue = "5m",
      converter = Units.DurationConverter.class,
      description = "How far ahead of the clock an event may be. Default: ${DEFAULT-VALUE}")
  private Duration maxFutureSkew;

  @Option(
      names = "--at-least-once",
      description = "Faster, but a crash counts some events twice. Default: exactly once")
  private boolean atLeastOnce;

  @Option(
      names = "--state",
      paramLabel = "FOLDER",
      defaultValue = "millrace-data/processor",
      description = "A folder of this instance's own. Default: ${DEFAULT-VALUE}")
  private Path state;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  ProcessorCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    Map<String, String> settings = kafka.settings();
    ProcessorConfig config =
        new ProcessorConfig(
            kafka.bootstrapServers(),
            applicationId,
            threads,
            grace,
            commitInterval,
            maxFutureSkew,
            !atLeastOnce,
            state,
            settings);
    kafka.reachableSettings();
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), settings)) {
      ContractTopics.requireAll(admin);
    }
    interruption.hold();
    try (ProcessorRunner processor = new ProcessorRunner(config)) {
      processor.start();
      spec.commandLine().getErr().println("processor started; Ctrl-C stops it");
      while (!interruption.await(CHECK_MS)) {
        if (processor.failure().isPresent()) {
          throw new UserException(
              "the processor has stopped: " + Sentences.sentence(processor.failure().get()),
              processor.failure().get());
        }
      }
    }
    return 0;
  }
}
