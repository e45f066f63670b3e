package dev.millrace.cli;

import dev.millrace.events.WindowSize;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import dev.millrace.telemetry.LateTelemetry;
import dev.millrace.telemetry.TelemetryServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// Runs the topology.
@Command(
    name = "processor",
    description = "Aggregate events into windows.",
    footer = {
      "",
      "Examples:",
      "  millrace processor",
      "  millrace processor --threads 4 --state /var/lib/millrace-processor",
      "  millrace processor --allowed-lateness 36500d   # while logs are replayed in any order"
    })
final class ProcessorCommand implements Callable<Integer> {
  private static final long CHECK_MS = 500;

  /// `10s` and the like, which are also what a shell completes.
  static final class WindowSizeConverter implements ITypeConverter<WindowSize>, Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(WindowSize.values()).map(WindowSize::label).iterator();
    }

    @Override
    public WindowSize convert(String value) {
      return Arrays.stream(WindowSize.values())
          .filter(size -> size.label().equals(value))
          .findAny()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + value + "' is no length of windows: must be 1s, 10s or 1m"));
    }
  }

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
      names = "--windows",
      paramLabel = "SIZE",
      split = ",",
      defaultValue = "1s,10s,1m",
      converter = WindowSizeConverter.class,
      completionCandidates = WindowSizeConverter.class,
      description = "Lengths of windows to publish. Default: ${DEFAULT-VALUE}")
  private List<WindowSize> windows;

  @Option(
      names = "--out-of-orderness",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Units.DurationConverter.class,
      description =
          "How far events of a partition may be out of order without being late; windows are"
              + " published that much after their end. Default: ${DEFAULT-VALUE}")
  private Duration outOfOrderness;

  @Option(
      names = "--allowed-lateness",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Units.DurationConverter.class,
      description =
          "How late an event may be and still correct its row; later ones are only counted, on"
              + " windows.late. Windows are kept that long. Default: ${DEFAULT-VALUE}")
  private Duration allowedLateness;

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = Units.DurationConverter.class,
      description =
          "A partition without events for this long no longer holds back publishing. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration idleTimeout;

  @Option(
      names = "--idle-retention",
      paramLabel = "TIME",
      defaultValue = "10m",
      converter = Units.DurationConverter.class,
      description =
          "How long windows are kept for what an idle partition may bring. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration idleRetention;

  @Option(
      names = "--max-series",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "The most series to tell apart in a partition; the rest are counted as route (other)."
              + " Default: ${DEFAULT-VALUE}")
  private int maxSeries;

  @Option(
      names = "--commit-interval",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Units.DurationConverter.class,
      description =
          "How often to commit while a backlog is read; live windows do not wait for it. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration commitInterval;

  @Option(
      names = "--windows-in-memory",
      paramLabel = "N",
      description =
          "How many windows may be in memory, 1.5 to 4 kB each; more wait on disk. Default: what"
              + " fits into a quarter to a half of the heap")
  private Integer windowsInMemory;

  @Option(
      names = "--max-future-skew",
      paramLabel = "TIME",
      defaultValue = "10s",
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

  @Mixin private TelemetryOptions telemetryOptions;

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
            new WindowingConfig(
                Set.copyOf(windows),
                outOfOrderness,
                allowedLateness,
                idleTimeout,
                idleRetention,
                maxSeries,
                maxFutureSkew),
            commitInterval,
            windowsInMemory == null ? ProcessorConfig.defaultWindowsInMemory() : windowsInMemory,
            !atLeastOnce,
            state,
            settings);
    // Before Kafka is asked for anything: a port that is taken should not be found out as a member.
    try (TelemetryServer server = telemetryOptions.bind()) {
      run(config, server);
    }
    return 0;
  }

  private void run(ProcessorConfig config, TelemetryServer server) throws Exception {
    kafka.reachableSettings();
    try (Admin admin = ContractTopics.admin(config.bootstrapServers(), config.kafka())) {
      List<String> made = ContractTopics.createMissing(admin);
      if (!made.isEmpty()) {
        spec.commandLine().getErr().println("created topics " + String.join(", ", made));
      }
    }
    interruption.hold();
    ProcessorRunner processor = new ProcessorRunner(config);
    // The processor is closed first: its figures are there while it drains.
    try (LateTelemetry telemetry = new LateTelemetry(processor::describe);
        processor) {
      processor.start();
      server.serve(telemetry, processor::liveness, processor::readiness);
      TelemetryOptions.announce(server, spec.commandLine().getErr());
      spec.commandLine().getErr().println("processor started; Ctrl-C stops it");
      while (!interruption.await(CHECK_MS)) {
        if (processor.failure().isPresent()) {
          throw new UserException(
              "the processor has stopped: " + Sentences.sentence(processor.failure().get()),
              processor.failure().get());
        }
      }
    }
  }
}
