package dev.millrace.cli;

import dev.millrace.benchmarks.IngestBench;
import dev.millrace.benchmarks.IngestBenchConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What the HTTP edge can do, beside the JDK's own server.
@Command(
    name = "ingest",
    description = {
      "Send events over HTTP as fast as they are answered, which is when Kafka has them:",
      "  single             one event a request, many connections",
      "  batch100           a hundred events a request, 64 connections",
      "  jdk-single, …      the JDK's HTTP server on virtual threads, doing the same work",
      "  idle-connections   what an idle connection costs",
      "  start              how soon after its start the edge is ready"
    },
    footer = {
      "",
      "Needs wrk to send requests (apt install wrk). Takes about four minutes.",
      "",
      "Examples:",
      "  millrace bench ingest --json ingest.json",
      "  millrace bench ingest --rounds 1 --idle-connections 5000"
    })
final class BenchIngestCommand implements Callable<Integer> {
  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "How often; both servers take turns. The run in the middle is shown. Default:"
              + " ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "12s",
      converter = Units.DurationConverter.class,
      description =
          "How long each load is measured, after a third of it. Default: ${DEFAULT-VALUE}")
  private Duration duration;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Connections that send single events. Default: ${DEFAULT-VALUE}")
  private int connections;

  @Option(
      names = "--idle-connections",
      paramLabel = "N",
      defaultValue = "18000",
      description = "Connections to keep open; each takes a descriptor. Default: ${DEFAULT-VALUE}")
  private int idleConnections;

  @Option(
      names = "--starts",
      paramLabel = "N",
      defaultValue = "9",
      description = "How often to start the edge, 0 for not at all. Default: ${DEFAULT-VALUE}")
  private int starts;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Where the data is kept meanwhile. Default: the system's temporary folder")
  private Path data = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchIngestCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    IngestBenchConfig config =
        new IngestBenchConfig(rounds, duration, connections, idleConnections, starts, data);
    Path file = json.writable();
    interruption.hold();
    IngestBench.run(
        config,
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        file,
        interruption::isAsked);
    return 0;
  }
}
