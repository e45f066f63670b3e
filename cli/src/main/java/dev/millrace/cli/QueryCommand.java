package dev.millrace.cli;

import dev.millrace.sink.SqlReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Asks the sink's database.
@Command(
    name = "query",
    description = "Ask the sink's SQLite database in SQL. Nothing that is asked can change it.",
    footer = {
      "",
      "There is one table, windows, and three views: service_minutes, slowest_routes (of the newest",
      "hour) and error_budget (at 99.9 %%). docs/sink.md has their columns.",
      "",
      "Examples:",
      "  millrace query 'SELECT * FROM slowest_routes LIMIT 10'",
      "  millrace query \"SELECT minute, requests, p99_us FROM service_minutes",
      "      WHERE service = 'checkout' ORDER BY minute DESC LIMIT 15\"",
      "  millrace query 'SELECT service, period, burn_rate FROM error_budget' --json",
      "  millrace query 'SELECT * FROM service_minutes' --csv --limit 0 > minutes.csv",
      "",
      "For percentiles over any span, see 'millrace percentiles': SQL cannot merge histograms."
    })
final class QueryCommand implements Callable<Integer> {
  @Parameters(paramLabel = "SQL", description = "One SELECT, WITH, VALUES or EXPLAIN.")
  private String sql;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      defaultValue = "millrace-data/millrace.db",
      description = "The sink's database. Default: ${DEFAULT-VALUE}")
  private Path database;

  @ArgGroup private Form form = new Form();

  /// At most one of them.
  static final class Form {
    @Option(names = "--json", description = "A line of JSON for each row.")
    private boolean json;

    @Option(names = "--csv", description = "Comma-separated values, with a line of names.")
    private boolean csv;
  }

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Most rows to print, 0 for all. Default: ${DEFAULT-VALUE}")
  private long limit;

  @Spec private CommandSpec spec;

  /// Counts rows, and stops before the one that is too many, or when nobody reads them any more.
  private static final class Limited implements SqlReader.Answer {
    /// To ask whether somebody reads is to flush.
    private static final int ASKED_EVERY = 256;

    private final SqlReader.Answer answer;
    private final PrintWriter out;
    private final long limit;
    private long rows;
    private boolean cut;

    Limited(SqlReader.Answer answer, PrintWriter out, long limit) {
      this.answer = answer;
      this.out = out;
      this.limit = limit;
    }

    @Override
    public void columns(List<String> names) {
      answer.columns(names);
    }

    @Override
    public boolean row(List<Object> values) {
      cut = limit > 0 && rows == limit;
      if (cut) {
        return false;
      }
      rows++;
      return answer.row(values) && (rows % ASKED_EVERY != 0 || !out.checkError());
    }
  }

  @Override
  public Integer call() {
    if (limit < 0) {
      throw new IllegalArgumentException("--limit " + limit + ": must be 0 (all) or more");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (SqlReader reader = SqlReader.open(database)) {
      AnswerPrinter printer =
          form.json
              ? new AnswerPrinter.Json(out)
              : form.csv ? new AnswerPrinter.Csv(out) : new AnswerPrinter.Table(out);
      Limited limited = new Limited(printer, out, limit);
      reader.ask(sql, limited);
      printer.end();
      out.flush();
      if (limited.cut) {
        spec.commandLine()
            .getErr()
            .println(
                "millrace: these are the first %s rows, and there are more; --limit 0 shows all"
                    .formatted(Units.count(limit)));
      }
    }
    return 0;
  }
}
