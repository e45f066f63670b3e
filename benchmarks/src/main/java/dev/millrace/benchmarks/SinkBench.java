package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.broker.LocalPostgres;
import dev.millrace.events.JsonRecords;
import dev.millrace.sink.PostgresConfig;
import dev.millrace.sink.PostgresWindowStore;
import dev.millrace.sink.SqliteWindowStore;
import dev.millrace.sink.WindowStore;
import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;

/// How many window rows a second the sink writes into SQLite and into a PostgreSQL server of this
/// machine: as it does, thousands in a transaction; beside one row in a transaction; and from
/// Kafka.
public final class SinkBench {
  private static final String NAME = "sink";
  private static final String SQLITE = "sqlite";
  private static final String POSTGRES = "postgres";
  private static final String ROW = "-row";
  private static final String KAFKA = "-from-kafka";

  /// What the sink takes in one poll.
  private static final int BATCH = 5_000;

  private static final long SETTLE_MS = 500;

  /// A line of the report; what was not measured is null.
  ///
  /// @param name which database, and how
  /// @param rowsPerS rows a second, of several rounds the median
  /// @param rounds the same of each round
  /// @param ratio to one row in a transaction
  /// @param rows written in a round
  /// @param rowBytes mean size of a row as JSON
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Line(
      @JsonProperty("name") String name,
      @JsonProperty("rows_per_s") double rowsPerS,
      @JsonProperty("rounds") List<Double> rounds,
      @JsonProperty("ratio") Double ratio,
      @JsonProperty("rows") int rows,
      @JsonProperty("row_bytes") long rowBytes) {}

  private final SinkBenchConfig config;
  private final PrintWriter err;
  private final Stop stop;
  private final Path folder;
  private final BenchWindows windows;
  private int databases;

  private SinkBench(SinkBenchConfig config, PrintWriter err, Stop stop, Path folder) {
    this.config = config;
    this.err = err;
    this.stop = stop;
    this.folder = folder;
    this.windows = new BenchWindows(config.rows());
  }

  /// @param out gets the table
  /// @param err gets a line now and then
  /// @param json where the report for machines goes; null for nowhere
  /// @param stopped whether the user wants no more of it
  /// @throws BenchException if something did not come through, or the user stopped it
  /// @throws IOException if the folder or the report cannot be written
  public static void run(
      SinkBenchConfig config, PrintWriter out, PrintWriter err, Path json, BooleanSupplier stopped)
      throws IOException {
    List<Line> lines;
    try (BenchFolder folder = BenchFolder.create(config.data())) {
      lines = new SinkBench(config, err, new Stop(stopped), folder.path()).run();
    }
    Report<Line> report = Report.of(NAME, lines);
    print(report, out);
    report.write(json);
  }

  private List<Line> run() {
    if (!LocalPostgres.isInstalled()) {
      say("PostgreSQL is left out: it is not installed; 'apt install postgresql' does it");
      return lines(measureAll(null));
    }
    try (LocalPostgres postgres = LocalPostgres.create()) {
      return lines(measureAll(postgres));
    }
  }

  private Map<String, List<Double>> measureAll(LocalPostgres postgres) {
    Map<String, List<Double>> rounds = new LinkedHashMap<>();
    List<String> databasesMeasured = postgres == null ? List.of(SQLITE) : List.of(SQLITE, POSTGRES);
    try (KafkaWindows kafka = KafkaWindows.send(folder, windows)) {
      for (int round = 1; round <= config.rounds(); round++) {
        for (String how : List.of("", ROW, KAFKA)) {
          for (String database : databasesMeasured) {
            stop.pause(SETTLE_MS);
            double rowsPerS;
            try (WindowStore store = open(database, postgres)) {
              rowsPerS =
                  how.equals(KAFKA)
                      ? kafka.rowsPerS(store, stop)
                      : write(store, how.equals(ROW) ? 1 : BATCH);
            }
            String name = database + how;
            rounds.computeIfAbsent(name, _ -> new ArrayList<>()).add(rowsPerS);
            say(String.format(Locale.ROOT, "%s: round %d, %,.0f rows/s", name, round, rowsPerS));
          }
        }
      }
    }
    return rounds;
  }

  /// A new database.
  private WindowStore open(String database, LocalPostgres postgres) {
    databases++;
    if (database.equals(SQLITE)) {
      return SqliteWindowStore.open(folder.resolve("windows-" + databases + ".db"));
    }
    String name = "windows" + databases;
    Map<String, String> login =
        Map.of("user", LocalPostgres.USER, "password", LocalPostgres.PASSWORD);
    try (var connection =
            DriverManager.getConnection(
                postgres.jdbcUrl("postgres"), LocalPostgres.USER, LocalPostgres.PASSWORD);
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new BenchException("PostgreSQL makes no database: " + e.getMessage(), e);
    }
    return PostgresWindowStore.open(new PostgresConfig(postgres.jdbcUrl(name), login));
  }

  /// Writes with so many rows in a transaction, each with the offset behind them.
  private double write(WindowStore store, int perTransaction) {
    TopicPartition partition = new TopicPartition("windows.1s", 0);
    int rows = rows(perTransaction);
    long begun = System.nanoTime();
    for (int from = 0; from < rows; from += perTransaction) {
      int to = Math.min(from + perTransaction, rows);
      OptionalLong before = from == 0 ? OptionalLong.empty() : OptionalLong.of(from);
      int written =
          store.write(windows.subList(from, to), List.of(new OffsetAdvance(partition, before, to)));
      if (written != to - from) {
        throw new BenchException("only " + written + " of " + (to - from) + " rows were written");
      }
      stop.check();
    }
    return rows * 1e9 / (System.nanoTime() - begun);
  }

  private int rows(int perTransaction) {
    return perTransaction == 1 ? config.rows() / SinkBenchConfig.FEWER : config.rows();
  }

  private List<Line> lines(Map<String, List<Double>> rounds) {
    long rowBytes =
        (long)
            windows.stream()
                .limit(10_000)
                .mapToInt(row -> JsonRecords.WINDOWS.encode(row).length)
                .average()
                .orElse(0);
    List<Line> lines = new ArrayList<>();
    rounds.forEach((name, all) -> {
      boolean isRow = name.endsWith(ROW);
      List<Double> single = rounds.get(name.replaceFirst("-.*", "") + ROW);
      lines.add(
          new Line(
              name,
              median(all),
              all,
              isRow ? null : median(all) / median(single),
              isRow ? rows(1) : config.rows(),
              rowBytes));
    });
    return lines;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void print(Report<Line> report, PrintWriter out) {
    out.println(report.bench() + " on " + report.machine());
    out.printf("%-22s %12s %8s %10s %10s%n", "", "rows/s", "ratio", "rows", "bytes");
    for (Line line : report.results()) {
      out.printf(
          Locale.ROOT,
          "%-22s %,12.0f %8s %,10d %10d%n",
          line.name(),
          line.rowsPerS(),
          line.ratio() == null ? "-" : String.format(Locale.ROOT, "%.1f", line.ratio()),
          line.rows(),
          line.rowBytes());
    }
    out.println(
        "ratio: to one row in a transaction. bytes: of a row as JSON. Of several rounds the median.");
    out.flush();
  }

  private void say(String sentence) {
    err.println(sentence);
    err.flush();
  }
}
