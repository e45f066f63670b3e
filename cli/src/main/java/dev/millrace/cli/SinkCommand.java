package dev.millrace.cli;

import dev.millrace.sink.PageConfig;
import dev.millrace.sink.PageDatabase;
import dev.millrace.sink.PageServer;
import dev.millrace.sink.SinkConfig;
import dev.millrace.sink.SinkMetrics;
import dev.millrace.sink.SinkRunner;
import dev.millrace.sink.SqliteWindowStore;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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
    description = "Write window rows into a SQLite database, and serve a page that shows them.",
    footer = {
      "",
      "Examples:",
      "  millrace sink --database windows.db      # the page is at http://127.0.0.1:8080/",
      "  millrace sink --database windows.db --port 8090",
      "  sqlite3 windows.db \"SELECT * FROM windows WHERE service = 'checkout' LIMIT 5\""
    })
final class SinkCommand implements Callable<Integer> {
  private static final long REPORT_MS = 1_000;

  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      defaultValue = "millrace-data/millrace.db",
      description = "The database, made if it is not there. Default: ${DEFAULT-VALUE}")
  private Path database;

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
    SinkConfig config =
        new SinkConfig(
            kafka.bootstrapServers(),
            database,
            SinkConfig.DEFAULT_TOPICS,
            groupId,
            kafka.settings());
    Optional<PageConfig> pageConfig = pageOptions.config();
    Map<String, String> settings = kafka.reachableSettings();
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), settings)) {
      ContractTopics.requireAll(admin);
    }
    interruption.hold();
    if (database.getParent() != null) {
      Files.createDirectories(database.getParent());
    }
    try (SqliteWindowStore store = SqliteWindowStore.open(database);
        SinkRunner sink = new SinkRunner(config, store);
        PageDatabase pages = PageDatabase.sqlite(database)) {
      sink.start();
      spec.commandLine().getErr().println("sink writes to " + database + "; Ctrl-C stops it");
      if (pageConfig.isEmpty()) {
        report(sink);
      } else {
        try (PageServer page =
            PageServer.start(pageConfig.get(), config, sink, pages, OptionalLong::empty)) {
          spec.commandLine().getErr().println("page: " + page.url());
          report(sink);
        }
      }
    }
    return 0;
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
