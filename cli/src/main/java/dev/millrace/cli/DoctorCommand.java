package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.ingest.HttpLimits;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.sink.SinkConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Looks for what is wrong, or soon will be, with this machine and a cluster.
@Command(
    name = "doctor",
    description = {
      "Look for what is wrong, or soon will be, with this machine and a Kafka cluster.",
      "Changes nothing, and says for each finding what to do."
    },
    footer = {
      "",
      "Examples:",
      "  millrace doctor --bootstrap-server kafka:9092 --kafka-config client.properties",
      "  millrace doctor --url http://127.0.0.1:8081 --url http://127.0.0.1:8082 --threads 6",
      "  millrace doctor --json | jq -r '.findings[] | select(.level == \"problem\") | .text'",
      "",
      "Exit code 1 if there is a problem; warnings, and what could not be checked, are none."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final int LABEL_WIDTH = 7;
  private static final int NAME_WIDTH = 12;
  private static final int BETWEEN_MS = 1_500;
  private static final String DEFAULT_STATE = "millrace-data/processor";
  private static final String DEFAULT_DATABASE = "millrace-data/millrace.db";

  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--application-id",
      paramLabel = "ID",
      defaultValue = ProcessorConfig.DEFAULT_APPLICATION_ID,
      description = "The processor's. Default: ${DEFAULT-VALUE}")
  private String applicationId;

  @Option(
      names = "--group-id",
      paramLabel = "ID",
      defaultValue = SinkConfig.DEFAULT_GROUP_ID,
      description = "The sink's. Default: ${DEFAULT-VALUE}")
  private String groupId;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of all processors together, as planned. Default: those that run")
  private Integer threads;

  @Option(
      names = "--windows-in-memory",
      paramLabel = "N",
      description = "The processor's. Default: its own, which goes by the heap")
  private Integer windowsInMemory;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "" + HttpLimits.DEFAULT_MAX_CONNECTIONS,
      description = "The edge's. Default: ${DEFAULT-VALUE}")
  private int maxConnections;

  @Option(
      names = "--state",
      paramLabel = "FOLDER",
      defaultValue = DEFAULT_STATE,
      description = "The processor's. Default: ${DEFAULT-VALUE}")
  private Path state;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      defaultValue = DEFAULT_DATABASE,
      description = "The sink's. Default: ${DEFAULT-VALUE}")
  private Path database;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "A service to ask how it is and what time it has: http://HOST:PORT; may be given again.")
  private List<URI> urls = new ArrayList<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Units.DurationConverter.class,
      description = "How long Kafka's answers may take, all together. Default: ${DEFAULT-VALUE}")
  private Duration timeout;

  @Option(names = "--json", description = "Write it as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (threads != null && threads < 1) {
      throw new IllegalArgumentException("--threads " + threads + ": must be at least 1");
    }
    Map<String, String> settings = kafka.settings();
    List<DoctorCheck> local = localChecks(settings);
    Findings findings = new Findings();
    run(local, findings);
    kafka(settings, findings);
    if (json) {
      spec.commandLine().getOut().println(json(findings));
    } else {
      print(findings);
    }
    return findings.count(Finding.Level.PROBLEM) == 0 ? 0 : 1;
  }

  private List<DoctorCheck> localChecks(Map<String, String> settings) {
    List<DoctorCheck> checks =
        new ArrayList<>(
            List.of(
                JavaCheck.here(),
                HeapCheck.here(
                    windowsInMemory == null
                        ? OptionalInt.empty()
                        : OptionalInt.of(windowsInMemory)),
                DescriptorCheck.here(maxConnections),
                new DiskCheck(
                    "the processor's folder",
                    state,
                    unlessGiven("--state", state, DEFAULT_STATE),
                    "windows that do not fit into memory have nowhere to go"),
                new DiskCheck(
                    "the sink's database",
                    database,
                    unlessGiven("--database", database, DEFAULT_DATABASE),
                    "the sink waits until there is room"),
                new ClientSettingsCheck(settings)));
    urls.forEach(url -> checks.add(new ServiceCheck(url, Clock.systemUTC())));
    return checks;
  }

  /// @return the option, if its value is its default, and not because somebody has said so
  private Optional<String> unlessGiven(String option, Path value, String fallback) {
    return value.equals(Path.of(fallback))
            && !spec.commandLine().getParseResult().hasMatchedOption(option)
        ? Optional.of(option)
        : Optional.empty();
  }

  private void kafka(Map<String, String> settings, Findings findings) throws InterruptedException {
    try {
      KafkaProbe.requireReachable(kafka.bootstrapServers(), settings);
    } catch (UserException e) {
      findings.of("broker");
      findings.problem(e.getMessage(), "all that is to be asked there was not checked");
      return;
    }
    try (Cluster cluster =
        new Cluster(kafka.bootstrapServers(), settings, applicationId, timeout)) {
      run(clusterChecks(cluster), findings);
    }
  }

  private List<DoctorCheck> clusterChecks(Cluster cluster) {
    return List.of(
        new BrokerCheck(cluster),
        new ClockCheck(cluster, Clock.systemUTC()),
        new TopicsCheck(cluster),
        new ReplicationCheck(cluster),
        new RetentionCheck(cluster),
        new SizeCheck(cluster),
        new CompressionCheck(cluster),
        new LogDirsCheck(cluster),
        new GroupsCheck(
            cluster,
            applicationId,
            groupId,
            threads == null ? OptionalInt.empty() : OptionalInt.of(threads),
            () -> TimeUnit.SECONDS.sleep(1)),
        new TransactionsCheck(cluster, System.currentTimeMillis(), BETWEEN_MS));
  }

  private static void run(List<DoctorCheck> checks, Findings findings) throws InterruptedException {
    for (DoctorCheck check : checks) {
      findings.of(check.name());
      try {
        check.run(findings);
      } catch (NoAnswerException e) {
        findings.unknown(e.getMessage(), "docs/tools.md has the rights that each check needs");
      }
    }
  }

  private void print(Findings findings) {
    PrintWriter out = spec.commandLine().getOut();
    for (Finding finding : findings.all()) {
      out.println(
          TerminalText.left(finding.level().label(), LABEL_WIDTH)
              + "  "
              + TerminalText.left(finding.check(), NAME_WIDTH)
              + "  "
              + TerminalText.visible(finding.text())
              + ".");
      if (!finding.remedy().isEmpty()) {
        out.println(
            " ".repeat(LABEL_WIDTH + NAME_WIDTH + 4)
                + "→ "
                + TerminalText.visible(finding.remedy())
                + ".");
      }
    }
    out.println();
    out.println(
        count(findings, Finding.Level.PROBLEM, "problem")
            + ", "
            + count(findings, Finding.Level.WARNING, "warning")
            + ", "
            + findings.count(Finding.Level.UNKNOWN)
            + " not checked, "
            + findings.count(Finding.Level.OK)
            + " ok.");
  }

  private static String count(Findings findings, Finding.Level level, String name) {
    long count = findings.count(level);
    return count + " " + name + (count == 1 ? "" : "s");
  }

  private static String json(Findings findings) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("problems", findings.count(Finding.Level.PROBLEM));
      json.writeNumberField("warnings", findings.count(Finding.Level.WARNING));
      json.writeNumberField("unknown", findings.count(Finding.Level.UNKNOWN));
      json.writeArrayFieldStart("findings");
      for (Finding finding : findings.all()) {
        json.writeStartObject();
        json.writeStringField("check", finding.check());
        json.writeStringField("level", finding.level().label());
        json.writeStringField("text", finding.text());
        json.writeStringField("remedy", finding.remedy());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }
}
