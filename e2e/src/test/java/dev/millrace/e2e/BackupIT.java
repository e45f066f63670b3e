package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.broker.LocalPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that is lost, and what docs/operations.md says to do: a copy that was made while the
/// sink wrote takes its place, and the sink goes on from there.
class BackupIT {
  private static final int EVENTS = 12_000;

  /// Each event is counted in its route's row and in that of everything.
  private static final String ROWS =
      "SELECT window_start_ms || ' ' || service || ' ' || route || ' ' || revision, requests"
          + " FROM windows WHERE window_size_ms = 1000 AND (service = '*' OR route <> '*')";

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

  /// A database as it stands.
  private interface Rows {
    Map<String, Long> read() throws Exception;
  }

  /// @param options which one it is, for the sink
  private record Store(List<String> options, Rows rows) {
    long counted() {
      try {
        return rows.read().values().stream().mapToLong(Long::longValue).sum();
      } catch (Exception e) {
        return 0; // the sink is about to make its tables
      }
    }
  }

  @Test
  void theSinkGoesOnFromACopyOfItsSqliteFile() throws Exception {
    Path lost = folder.resolve("lost.db");
    Path copy = folder.resolve("copy.db");
    goOnFromCopy(
        sqlite(lost),
        () -> new Database(lost).change("VACUUM INTO '" + copy + "'"),
        sqlite(copy),
        () -> Files.delete(lost));
  }

  private static Store sqlite(Path file) {
    return new Store(
        List.of("--database", file.toString()), () -> new Database(file).numbers(ROWS));
  }

  @Test
  void theSinkGoesOnFromADumpOfItsPostgresDatabase() throws Exception {
    assumeTrue(LocalPostgres.isInstalled(), "no PostgreSQL");
    try (LocalPostgres server = LocalPostgres.create("fsync=off")) {
      Path dump = folder.resolve("windows.dump");
      client(server, "createdb", "lost");
      goOnFromCopy(
          postgres(server, "lost"),
          () -> client(server, "pg_dump", "--format=custom", "--file=" + dump, "lost"),
          postgres(server, "copy"),
          () -> {
            client(server, "dropdb", "lost");
            client(server, "createdb", "copy");
            client(server, "pg_restore", "--dbname=copy", dump.toString());
          });
    }
  }

  private Store postgres(LocalPostgres server, String database) throws IOException {
    Path settings = folder.resolve("jdbc.properties");
    Files.writeString(
        settings, "user=" + LocalPostgres.USER + "\npassword=" + LocalPostgres.PASSWORD + "\n");
    return new Store(
        List.of("--jdbc-url", server.jdbcUrl(database), "--jdbc-config", settings.toString()),
        () ->
            client(server, "psql", "--no-psqlrc", "-At", "-c", ROWS, database)
                .lines()
                .map(line -> line.split("\\|", -1))
                .collect(Collectors.toMap(row -> row[0], row -> Long.parseLong(row[1]))));
  }

  private static String client(LocalPostgres postgres, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    process.environment().put("PGHOST", "127.0.0.1");
    process.environment().put("PGPORT", Integer.toString(postgres.port()));
    process.environment().put("PGUSER", LocalPostgres.USER);
    process.environment().put("PGPASSWORD", LocalPostgres.PASSWORD);
    Process running = process.start();
    String out = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, running.waitFor(), () -> String.join(" ", command));
    return out;
  }

  private void goOnFromCopy(Store lost, Step copy, Store restored, Step restore) throws Exception {
    try (Cli.Running processor =
        Cli.start("processor", server(), "--state", folder.resolve("state").toString())) {
      processor.awaitLine(line -> line.startsWith("processor started"));
      Map<String, Long> before;
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
                folder.resolve("run").toString())) {
          Await.until(() -> lost.counted() > EVENTS / 4, () -> "counted " + lost.counted());
          copy.run();
          assertEquals(0, load.exitCode());
        }
        Await.until(() -> lost.counted() >= 2 * EVENTS, () -> "counted " + lost.counted());
        before = lost.rows().read();
        sink.terminate();
      }
      restore.run();
      long then = restored.counted();
      assertTrue(then > 0 && then < 2 * EVENTS, then + " in the copy");
      try (Cli.Running sink = sink(restored)) {
        sink.awaitLine(line -> line.startsWith("sink writes to"));
        Await.until(() -> restored.counted() >= 2 * EVENTS, () -> "counted " + restored.counted());
        sink.terminate();
      }
      assertEquals(before, restored.rows().read());
      processor.terminate();
    }
  }

  private Cli.Running sink(Store store) throws IOException {
    List<String> words = new ArrayList<>(List.of("sink", server(), "--port", "0"));
    words.addAll(store.options());
    return Cli.start(words.toArray(String[]::new));
  }
}
