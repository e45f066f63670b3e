package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.broker.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that is lost, and what docs/operations.md says to do: a copy that was made while the
/// sink wrote takes its place, and the sink goes on from there.
class BackupIT {
  private static final String SUM =
      "SELECT coalesce(sum(requests), 0) AS n FROM windows"
          + " WHERE window_size_ms = 1000 AND service = '*'";

  @TempDir private Path folder;

  private EmbeddedBroker broker;

  @BeforeEach
  void startBroker() {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    Cli.runWell("topics", "create", server(), "--partitions", "2");
  }

  @AfterEach
  void stopBroker() {
    broker.close();
  }

  private String server() {
    return "--bootstrap-server=" + broker.bootstrapServers();
  }

  /// Makes a copy of a database that is written to, or a database of the copy.
  private interface Step {
    void run() throws Exception;
  }

  @Test
  void theSinkGoesOnFromACopyOfItsSqliteFile() throws Exception {
    Path lost = folder.resolve("lost.db");
    Path copy = folder.resolve("copy.db");
    goOnFromCopy(
        List.of("--database", lost.toString()),
        () -> new Database(lost).change("VACUUM INTO '" + copy + "'"),
        List.of("--database", copy.toString()),
        () -> Files.delete(lost));
  }

  @Test
  void theSinkGoesOnFromADumpOfItsPostgresDatabase() throws Exception {
    assumeTrue(LocalPostgres.isInstalled(), "no PostgreSQL");
    try (LocalPostgres postgres = LocalPostgres.create("fsync=off")) {
      Path settings = folder.resolve("jdbc.properties");
      Files.writeString(
          settings, "user=" + LocalPostgres.USER + "\npassword=" + LocalPostgres.PASSWORD + "\n");
      Path dump = folder.resolve("windows.dump");
      client(postgres, "createdb", "lost");
      goOnFromCopy(
          List.of("--jdbc-url", postgres.jdbcUrl("lost"), "--jdbc-config", settings.toString()),
          () -> client(postgres, "pg_dump", "--format=custom", "--file=" + dump, "lost"),
          List.of("--jdbc-url", postgres.jdbcUrl("copy"), "--jdbc-config", settings.toString()),
          () -> {
            client(postgres, "dropdb", "lost");
            client(postgres, "createdb", "copy");
            client(postgres, "pg_restore", "--dbname=copy", dump.toString());
          });
    }
  }

  private static void client(LocalPostgres postgres, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder process = new ProcessBuilder(command).inheritIO();
    process.environment().put("PGHOST", "127.0.0.1");
    process.environment().put("PGPORT", Integer.toString(postgres.port()));
    process.environment().put("PGUSER", LocalPostgres.USER);
    process.environment().put("PGPASSWORD", LocalPostgres.PASSWORD);
    assertEquals(0, process.start().waitFor(), () -> String.join(" ", command));
  }

  private void goOnFromCopy(List<String> lost, Step copy, List<String> restored, Step restore)
      throws Exception {
    Path ledger = folder.resolve("ledger.ndjson");
    try (Cli.Running processor =
        Cli.start("processor", server(), "--state", folder.resolve("state").toString())) {
      processor.awaitLine(line -> line.startsWith("processor started"));
      long before = 0;
      try (Cli.Running sink = sink(lost)) {
        sink.awaitLine(line -> line.startsWith("sink writes to"));
        try (Cli.Running load =
            Cli.start(
                "loadgen",
                server(),
                "--rate",
                "2k",
                "--duration",
                "6s",
                "--no-e2e",
                "--run",
                folder.resolve("run").toString(),
                "--ledger",
                ledger.toString())) {
          Await.until(() -> sum(lost) > 2_000, () -> told(lost));
          copy.run();
          assertEquals(0, load.exitCode());
        }
        Await.until(() -> sum(lost) >= 12_000, () -> told(lost));
        before = sum(lost);
        sink.terminate();
      }
      restore.run();
      long then = sum(restored);
      assertTrue(then >= 2_000 && then < before, then + " of " + before + " in the copy");
      try (Cli.Running sink = sink(restored)) {
        sink.awaitLine(line -> line.startsWith("sink writes to"));
        Await.until(() -> sum(restored) >= 12_000, () -> told(restored));
        sink.terminate();
      }
      Cli.runWell(words(List.of("verify", ledger.toString()), restored));
      processor.terminate();
    }
  }

  private Cli.Running sink(List<String> database) throws IOException {
    return Cli.start(words(List.of("sink", server(), "--port", "0"), database));
  }

  private static long sum(List<String> database) {
    Cli.Result result = ask(database);
    // Until the sink has made its tables, there is nothing to ask.
    return result.code() == 0 ? Long.parseLong(result.out().lines().toList().getLast()) : 0;
  }

  private static String told(List<String> database) {
    return "the database says: " + ask(database).all();
  }

  private static Cli.Result ask(List<String> database) {
    return Cli.run(words(List.of("query", SUM, "--csv"), database));
  }

  private static String[] words(List<String> first, List<String> more) {
    List<String> words = new ArrayList<>(first);
    words.addAll(more);
    return words.toArray(String[]::new);
  }
}
