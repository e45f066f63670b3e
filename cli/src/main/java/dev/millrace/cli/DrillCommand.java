package dev.millrace.cli;

import dev.millrace.broker.ClusterNode;
import dev.millrace.broker.LocalPostgres;
import dev.millrace.drill.Drill;
import dev.millrace.drill.DrillConfig;
import dev.millrace.drill.DrillResult;
import dev.millrace.drill.DrillSummary;
import dev.millrace.drill.Faults;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Breaks a pipeline of its own, and judges whether anything was lost.
@Command(
    name = "drill",
    description = {
      "Run the whole pipeline in processes of its own, break it, and judge to the event.",
      "",
      "Broker, edge, two processors, sink, load over HTTP and load straight into Kafka; faults on a",
      "schedule that the seed decides; then all is drained, and read again from Kafka and the",
      "database. Exit code 0 only if nothing was lost, and nothing is counted twice that its sender",
      "did not send again to an edge that had been started anew."
    },
    footer = {
      "",
      "Examples:",
      "  millrace drill --list",
      "  millrace drill --faults kill-processor,broker-away --duration 2m --seed 7",
      "  millrace drill --postgres --faults database-away,kill-sink-between --duration 2m",
      "  millrace drill --brokers 3 --faults kill-controller,kill-broker",
      "  millrace drill --faults mix --duration 10m --rate 1k --json drill.json",
      "  millrace drill --summary drills/*.json"
    })
final class DrillCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  @Option(names = "--list", description = "Show all faults, and do nothing.")
  private boolean list;

  @Option(
      names = "--faults",
      paramLabel = "NAME",
      split = ",",
      defaultValue = Faults.MIX,
      description = "What to break, of --list. Default: ${DEFAULT-VALUE}")
  private List<String> faults;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "2m",
      converter = Units.DurationConverter.class,
      description = "How long load is made, at most 30m. Default: ${DEFAULT-VALUE}")
  private Duration duration;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Same seed, same schedule. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      defaultValue = "2k",
      converter = Units.RateConverter.class,
      description = "Events a second, half of them over HTTP. Default: ${DEFAULT-VALUE}")
  private double rate;

  @Option(
      names = "--brokers",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "1, or 3: a cluster with three replicas of everything, which goes on without any one."
              + " Default: ${DEFAULT-VALUE}")
  private int brokers;

  @Option(
      names = "--postgres",
      description = "Have the sink write into a PostgreSQL server of the drill's own, not SQLite.")
  private boolean postgres;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "Where data and logs are kept, which must be new or empty. Default: a temporary folder")
  private Path data;

  @Option(
      names = "--keep-data",
      description = "Keep data and logs also if all holds. Default: only if something does not")
  private boolean keepData;

  @Mixin private JsonOption json;

  @Option(
      names = "--summary",
      paramLabel = "FILE",
      arity = "1..*",
      description = {
        "Break nothing: read results that --json has written, and print a table of all of them.",
        "Exit code 1 if one of them was not balanced."
      })
  private List<Path> summary;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  DrillCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (list) {
      Faults.lines().forEach(out::println);
      return 0;
    }
    if (summary != null) {
      DrillSummary drills = DrillSummary.read(summary);
      drills.lines().forEach(out::println);
      return drills.isBalanced() ? 0 : 1;
    }
    Path file = json.writable();
    if (postgres && !LocalPostgres.isInstalled()) {
      throw new UserException(
          "--postgres: there is none on this machine; 'apt install postgresql' does it");
    }
    boolean mayMount = Drill.mayMount();
    // What cannot do is to be said before there is a folder.
    config(Path.of(""), mayMount).schedule();
    boolean isTheirs = data != null && Files.exists(data);
    DrillConfig config = config(folder(), mayMount);
    out.println("Seed " + seed + " breaks:");
    config.schedule().steps().forEach(step -> out.println("  " + step));
    if (!config.leftOut().isEmpty()) {
      out.println("and not " + String.join(", ", config.leftOut()));
    }
    out.flush();
    interruption.hold();
    boolean keep = true;
    try {
      // An older result is not to be taken for this drill's, whatever becomes of it.
      DrillResult.aborted(config, "it did not come to its end").write(file);
      Optional<DrillResult> result = Drill.run(config, err, interruption::isAsked);
      if (result.isEmpty()) {
        keep = keepData;
        DrillResult.aborted(config, "interrupted").write(file);
        err.println("millrace: interrupted, nothing was judged");
        return INTERRUPTED;
      }
      result.get().lines().forEach(out::println);
      result.get().write(file);
      keep = keepData || !result.get().balanced();
      return result.get().balanced() ? 0 : 1;
    } catch (IOException | InterruptedException | RuntimeException e) {
      try {
        DrillResult.aborted(config, e.toString()).write(file);
      } catch (IOException unwritten) {
        e.addSuppressed(unwritten);
      }
      throw e;
    } finally {
      tidy(config.data(), isTheirs, keep, err);
    }
  }

  private DrillConfig config(Path folder, boolean mayMount) {
    return new DrillConfig(
        faults,
        duration,
        seed,
        rate,
        brokers,
        folder,
        Main.class.getName(),
        ClusterNode.class.getName(),
        postgres,
        mayMount);
  }

  private Path folder() throws IOException {
    if (data == null) {
      return Files.createTempDirectory("millrace-drill-");
    }
    Files.createDirectories(data);
    try (Stream<Path> files = Files.list(data)) {
      if (files.findAny().isPresent()) {
        throw new UserException(
            "--data " + data + ": is not empty; a drill begins with nothing, give it a new folder");
      }
    }
    return data.toAbsolutePath();
  }

  /// @param isTheirs whether the folder was there before, and is to stay
  private static void tidy(Path folder, boolean isTheirs, boolean keep, PrintWriter err)
      throws IOException {
    if (keep) {
      err.println("data and logs of all parts are in " + folder);
      return;
    }
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        if (!(isTheirs && path.equals(folder))) {
          Files.delete(path);
        }
      }
    }
  }
}
