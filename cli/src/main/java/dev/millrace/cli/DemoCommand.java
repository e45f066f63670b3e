package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.ingest.IngestConfig;
import dev.millrace.ingest.IngestServer;
import dev.millrace.loadgen.HttpTargetConfig;
import dev.millrace.loadgen.LoadRunner;
import dev.millrace.loadgen.LogReader;
import dev.millrace.loadgen.ReplayRunner;
import dev.millrace.loadgen.RunConfig;
import dev.millrace.loadgen.Scenario;
import dev.millrace.loadgen.SilentSource;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.WindowingConfig;
import dev.millrace.sink.PageConfig;
import java.io.Console;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs the whole pipeline on this machine.
@Command(
    name = "demo",
    description = "Run the whole pipeline on this machine, and judge its ledger.",
    footer = {
      "",
      "Starts a real Kafka broker, the processor, the sink, and generated load or a log of yours.",
      "While it runs, its page shows what happens; the address is printed.",
      "",
      "Examples:",
      "  millrace demo",
      "  millrace demo --rate 50k --duration 1m --json summary.json",
      "  millrace demo --scenario dirty-input",
      "  millrace demo --replay access.log.gz --service shop",
      "  millrace demo --data my-demo            # run it again, and it goes on from there",
      "  millrace demo --http                    # load goes the whole way, through the HTTP edge",
      "  millrace demo --no-load                 # for 'millrace loadgen' in another terminal",
      "",
      "Exit code 0 only if the ledger balances."
    })
final class DemoCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  /// Kafka's own.
  private static final int KAFKA_PORT = 9092;

  @Mixin private LoadOptions load;
  @Mixin private ReplayOptions replay;

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description = "Send this log's lines in place of generated load; gzip is read as it is.")
  private Path log;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "Keep everything here, and go on from what is here. Default: a temporary folder")
  private Path data;

  @Option(
      names = "--no-load",
      description =
          "Send nothing, and run until Ctrl-C: for events from elsewhere, such as 'loadgen"
              + " --find-max'.")
  private boolean noLoad;

  @Option(
      names = "--http",
      description =
          "Start the HTTP edge too, and send the load through it; with --no-load, for events of"
              + " yours on its usual port, "
              + IngestConfig.DEFAULT_PORT
              + ".")
  private boolean http;

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "The broker's port on loopback, 0 for any. Default: any; with --no-load 9092, where other"
              + " commands look for Kafka")
  private Integer port;

  @Option(
      names = "--page-port",
      paramLabel = "N",
      description =
          "The page's port on loopback, 0 for any. Default: "
              + PageConfig.DEFAULT_PORT
              + ", or any if that one is taken")
  private Integer pagePort;

  @Option(names = "--no-page", description = "Serve no page.")
  private boolean noPage;

  @Option(
      names = "--out-of-orderness",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Units.DurationConverter.class,
      description =
          "How far events may be out of order without being late; windows are published that much"
              + " after their end. Default: ${DEFAULT-VALUE}")
  private Duration outOfOrderness;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the summary for machines too.")
  private Path json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  DemoCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    Scenario scenario = load.scenario();
    if (noLoad && (log != null || load.ratePerS().isPresent() || load.duration().isPresent())) {
      throw new IllegalArgumentException(
          "--no-load sends nothing: leave out --replay, --rate and --duration");
    }
    if (http && log != null) {
      throw new IllegalArgumentException("--http: a log is replayed straight into Kafka");
    }
    String service = replay.service();
    if (log != null) {
      // A wrong name or format shows before anything is started.
      LogReader.open(log, replay.format(), service).close();
    }
    Outputs.requireWritable("--json", json);
    DemoFolder folder = DemoFolder.open(data, log != null);
    Logging.toFile(folder.log());
    try {
      return run(scenario, service, folder);
    } finally {
      folder.tidy();
    }
  }

  private int run(Scenario scenario, String service, DemoFolder folder) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ReplayRunner[] replayed = new ReplayRunner[1];
    if (http) {
      IngestServer.leaveProcessorsToKafka();
    }
    Demo demo =
        new Demo(
            folder,
            port != null ? port : noLoad ? KAFKA_PORT : 0,
            http ? OptionalInt.of(noLoad ? IngestConfig.DEFAULT_PORT : 0) : OptionalInt.empty(),
            windowing(),
            (bootstrapServers, edge, ledger) -> {
              if (noLoad) {
                return new SilentSource();
              }
              if (log == null) {
                return new LoadRunner(
                    RunConfig.of(
                        scenario,
                        bootstrapServers,
                        Map.of(),
                        edge.map(DemoCommand::target),
                        ledger));
              }
              replayed[0] =
                  new ReplayRunner(
                      log, replay.format(), service, bootstrapServers, Map.of(), ledger);
              return replayed[0];
            },
            log == null && !noLoad ? Optional.of(scenario.load().duration()) : Optional.empty(),
            page(),
            new DemoProgress(err, isTerminal()),
            interruption);
    DemoSummary summary = demo.run();
    if (replayed[0] != null) {
      ReplayCommand.showRejects(replayed[0], err);
    }
    summary.print(out);
    if (json != null) {
      Files.write(json, new JsonRecords<>(DemoSummary.class).encode(summary));
    }
    if (demo.sourceFailure().isPresent()) {
      throw demo.sourceFailure().get();
    }
    if (log != null && summary.rejected() == summary.sent() && !summary.interrupted()) {
      throw new UserException(
          log
              + ": none of its "
              + Units.count(summary.sent())
              + " lines is an event; is --format right?");
    }
    return summary.interrupted() ? INTERRUPTED : summary.balanced() ? 0 : 1;
  }

  private static HttpTargetConfig target(URI edge) {
    return new HttpTargetConfig(
        edge,
        HttpTargetConfig.DEFAULT_CONNECTIONS,
        HttpTargetConfig.DEFAULT_BATCH,
        false,
        Optional.empty(),
        Optional.empty());
  }

  private Optional<PageConfig> page() {
    return noPage
        ? Optional.empty()
        : Optional.of(
            new PageConfig(
                PageConfig.DEFAULT_HOST,
                pagePort == null ? PageConfig.DEFAULT_PORT : pagePort,
                pagePort == null,
                ProcessorConfig.DEFAULT_APPLICATION_ID));
  }

  private WindowingConfig windowing() {
    WindowingConfig usual = WindowingConfig.DEFAULT;
    return new WindowingConfig(
        usual.sizes(),
        outOfOrderness,
        log == null ? usual.allowedLateness() : WindowingConfig.UNLIMITED,
        usual.idleTimeout(),
        usual.idleRetention(),
        usual.maxSeries(),
        usual.maxFutureSkew());
  }

  static boolean isTerminal() {
    // Null or not a terminal: which of the two, when output is a pipe, depends on the JDK.
    @SuppressWarnings("SystemConsoleNull")
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
