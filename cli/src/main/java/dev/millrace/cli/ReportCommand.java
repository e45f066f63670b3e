package dev.millrace.cli;

import dev.millrace.loadgen.RunComparison;
import dev.millrace.loadgen.RunCondition;
import dev.millrace.loadgen.RunReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// Tells what a run of the load generator has measured, or how two differ.
@Command(
    name = "report",
    description = "Report a run of the load generator, or two side by side.",
    footer = {
      "",
      "METRIC OPERATOR VALUE, with > >= < <= = !=, is a condition. METRIC is one of ack, e2e and",
      "lateness with .mean .p50 .p90 .p95 .p99 .p999 .p9999 or .max; rate.sent or",
      "rate.acknowledged; totals.sent, .acknowledged, .rejected, .failed or .unknown;",
      "share.rejected, .failed or .unknown; valid. With --compare, 1.2x is a multiple of A, other",
      "values are held against B, and valid is asked of both. A figure that a run does not have",
      "fails too: it is no pass.",
      "",
      "Examples:",
      "  millrace report runs/today",
      "  millrace report runs/today --json | jq '.figures[\"ack.p99\"]'",
      "  millrace report runs/today --fail-if 'ack.p99 > 20ms' --fail-if 'valid = false'",
      "  millrace report --compare runs/before runs/after --html comparison.html \\",
      "      --fail-if 'ack.p99 > 1.2x'"
    })
final class ReportCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "Folder of a run; two of them with --compare.")
  private List<Path> runs = new ArrayList<>();

  @Option(names = "--compare", description = "Compare two runs: B against A, in this order.")
  private boolean compare;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Where the page goes. Default: " + RunReport.PAGE + " in RUN, and none with --compare.")
  private Path html;

  @Option(names = "--json", description = "Print one line of JSON instead of the text.")
  private boolean json;

  @Option(
      names = "--fail-if",
      paramLabel = "CONDITION",
      converter = ConditionConverter.class,
      description = "Exit with 1 if this is so. May be given more than once.")
  private List<RunCondition> conditions = new ArrayList<>();

  @Spec private CommandSpec spec;

  /// Conditions as they are typed.
  static final class ConditionConverter implements ITypeConverter<RunCondition> {
    @Override
    public RunCondition convert(String text) {
      try {
        return RunCondition.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    requireRuns();
    RunReport run = RunReport.read(runs.getFirst());
    if (!compare) {
      Path page = html == null ? runs.getFirst().resolve(RunReport.PAGE) : html;
      Outputs.requireWritable("--html", page);
      run.writePage(page);
      print(run.lines(), run.json(conditions), page);
      return failIf(run::check);
    }
    RunComparison comparison = new RunComparison(run, RunReport.read(runs.getLast()));
    if (html != null) {
      Outputs.requireWritable("--html", html);
      comparison.writePage(html);
    }
    print(comparison.lines(), comparison.json(conditions), html);
    return failIf(comparison::check);
  }

  private void requireRuns() {
    if (compare && runs.size() != 2) {
      throw new ParameterException(
          spec.commandLine(),
          "--compare takes two runs, and there " + counted() + "; write --compare A B");
    }
    if (!compare && runs.size() != 1) {
      throw new ParameterException(
          spec.commandLine(), "there " + counted() + "; give one, or two with --compare");
    }
    if (!compare) {
      conditions.stream()
          .filter(RunCondition::isRatio)
          .findFirst()
          .ifPresent(condition -> {
            throw new ParameterException(
                spec.commandLine(),
                "--fail-if '" + condition + "': a multiple needs two runs; write --compare A B");
          });
    }
  }

  private String counted() {
    return runs.size() == 1 ? "is 1 run" : "are " + runs.size() + " runs";
  }

  private void print(List<String> lines, String line, Path page) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(line);
    } else {
      lines.forEach(out::println);
    }
    out.flush();
    if (page != null) {
      spec.commandLine().getErr().println("millrace: the page is " + page);
    }
  }

  private int failIf(Function<RunCondition, RunCondition.Verdict> check) {
    int code = 0;
    for (RunCondition condition : conditions) {
      RunCondition.Verdict verdict = check.apply(condition);
      String sentence =
          switch (verdict.answer()) {
            case NOT_MET -> null;
            case MET -> "is so: " + verdict.finding();
            case NO_FIGURE ->
                "cannot be told: " + verdict.finding() + "; measure it, or leave the condition out";
          };
      if (sentence != null) {
        code = 1;
        spec.commandLine().getErr().println("millrace: --fail-if '" + condition + "' " + sentence);
      }
    }
    return code;
  }
}
