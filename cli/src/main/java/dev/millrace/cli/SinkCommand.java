package dev.millrace.cli;

import dev.millrace.sink.FileStoreConfig;
import dev.millrace.sink.FileWindowStore;
import dev.millrace.sink.PageConfig;
import dev.millrace.sink.PageDatabase;
import dev.millrace.sink.PageServer;
import dev.millrace.sink.PostgresConfig;
import dev.millrace.sink.SinkConfig;
import dev.millrace.sink.SinkMetrics;
import dev.millrace.sink.SinkRunner;
import dev.millrace.sink.SinkTelemetry;
import dev.millrace.sink.WindowStore;
import dev.millrace.telemetry.TelemetryServer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs the sink.
@Command(
    name = "sink",
    description = "Write window rows into a database or files, and serve a page that shows them.",
    footer = {
      "",
      "Examples:",
      "  millrace sink --database windows.db      # the page is at http://127.0.0.1:8080/",
      "  millrace query 'SELECT * FROM slowest_routes LIMIT 5' --database windows.db",
      "  millrace sink --jdbc-url jdbc:postgresql://db:5432/millrace --jdbc-config secrets.properties",
      "  millrace sink --keep 7d --port 8090",
      "  millrace sink --format parquet --dir windows",
      "  duckdb -c \"SELECT service, sum(requests) FROM 'windows/*.parquet' WHERE window_size_ms = 60000 GROUP BY 1\""
    })
final class SinkCommand implements Callable<Integer> {
  private static final long REPORT_MS = 1_000;

  @Mixin private KafkaOptions kafka;

  @Mixin private DatabaseOptions database;

  @Option(
      names = "--keep",
      paramLabel = "TIME",
      converter = Units.DurationConverter.class,
      description =
          "Delete rows whose window began longer ago than this, such as 7d, at least 1m. Default:"
              + " keep all")
  private Duration keep;

  @Mixin private FileOptions files;

  @Option(
      names = "--group-id",
      paramLabel = "ID",
      defaultValue = SinkConfig.DEFAULT_GROUP_ID,
      description = "Kafka consumer group. Default: ${DEFAULT-VALUE}")
  private String groupId;

  @Mixin private PageOptions pageOptions;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  SinkCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    Optional<FileStoreConfig> intoFiles = files.config(spec.commandLine().getParseResult());
    if (intoFiles.isPresent() && keep != null) {
      // The environment may have it too.
      throw new IllegalArgumentException(
          "--keep is for databases; finished files may be deleted by anything");
    }
    SinkConfig config =
        new SinkConfig(
            kafka.bootstrapServers(),
            SinkConfig.DEFAULT_TOPICS,
            groupId,
            kafka.settings(),
            Optional.ofNullable(keep));
    Optional<PostgresConfig> postgres = database.postgres();
    Optional<PageConfig> pageConfig = pageOptions.config();
    Map<String, String> settings = kafka.reachableSettings();
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), settings)) {
      ContractTopics.requireAll(admin);
    }
    interruption.hold();
    try (WindowStore store =
            intoFiles.isPresent()
                ? FileWindowStore.open(intoFiles.get())
                : database.open(postgres);
        SinkRunner sink = new SinkRunner(config, store);
        PageDatabase history =
            intoFiles.isPresent() ? PageDatabase.none() : database.forReading(postgres)) {
      String target = intoFiles.map(to -> to.folder().toString()).orElseGet(database::name);
      if (pageConfig.isEmpty()) {
        try (SinkTelemetry telemetry = SinkTelemetry.of(sink);
            TelemetryServer server = pageOptions.bind()) {
          telemetry.serve(server);
          TelemetryOptions.announce(server, spec.commandLine().getErr());
          run(sink, target);
        }
      } else {
        try (PageServer page =
            PageServer.start(pageConfig.get(), config, sink, history, OptionalLong::empty)) {
          spec.commandLine().getErr().println("page: " + page.url());
          run(sink, target);
        }
      }
    }
    return 0;
  }

  private void run(SinkRunner sink, String target) throws InterruptedException {
    sink.start();
    spec.commandLine().getErr().println("sink writes to " + target + "; Ctrl-C stops it");
    report(sink);
  }

  private void report(SinkRunner sink) throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    long before = 0;
    while (!interruption.await(REPORT_MS)) {
      if (sink.failure().isPresent()) {
        throw new UserException(
            "the sink has stopped: " + Sentences.sentence(sink.failure().get()),
            sink.failure().get());
      }
      SinkMetrics metrics = sink.metrics();
      if (metrics.written() != before) {
        err.println(
            "rows written "
                + Units.count(metrics.written() - before)
                + "/s, in all "
                + Units.count(metrics.written()));
        before = metrics.written();
      }
    }
  }
}
