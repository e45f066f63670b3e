package dev.millrace.cli;

import dev.millrace.ingest.HttpLimits;
import dev.millrace.ingest.IngestConfig;
import dev.millrace.ingest.IngestMetrics;
import dev.millrace.ingest.IngestServer;
import dev.millrace.ingest.TlsFiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs the HTTP edge.
@Command(
    name = "ingest",
    description = {
      "Take events over HTTP into Kafka: POST /v1/events.",
      "An event is answered when Kafka has it, on all replicas that are in sync."
    },
    footer = {
      "",
      "Examples:",
      "  millrace ingest",
      "  curl -H 'Content-Type: application/x-ndjson' --data-binary @events.ndjson \\",
      "       http://127.0.0.1:8081/v1/events",
      "  millrace ingest --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --api-keys keys.txt",
      "",
      "GET /health/ready tells whether it can take events, /metrics what it has counted,",
      "/openapi.yaml what it understands."
    })
final class IngestCommand implements Callable<Integer> {
  private static final long REPORT_MS = 1_000;

  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = IngestConfig.DEFAULT_HOST,
      description = "Address to listen on, 0.0.0.0 for all. Default: ${DEFAULT-VALUE}")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port to listen on, 0 for any. Default: " + IngestConfig.DEFAULT_PORT)
  private Integer port = IngestConfig.DEFAULT_PORT;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Certificate and those that lead to its root, PEM; read again when it changes.")
  private Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Its private key, PEM, PKCS #8, not encrypted.")
  private Path key;

  @Option(
      names = "--api-keys",
      paramLabel = "FILE",
      description =
          "Who may send: lines of NAME SHA256-OF-KEY [EVENTS-PER-SECOND]; read again when it"
              + " changes. Default: everybody")
  private Path apiKeys;

  @Option(
      names = "--max-in-flight",
      paramLabel = "SIZE",
      defaultValue = "64MiB",
      converter = Units.SizeConverter.class,
      description =
          "Bodies to hold at a time; beyond that clients are told to come again. Default:"
              + " ${DEFAULT-VALUE}")
  private int maxInFlight;

  @Option(
      names = "--max-body",
      paramLabel = "SIZE",
      defaultValue = "4MiB",
      converter = Units.SizeConverter.class,
      description = "The largest body, unpacked too. Default: ${DEFAULT-VALUE}")
  private int maxBody;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "" + HttpLimits.DEFAULT_MAX_CONNECTIONS,
      description =
          "Connections at a time; each needs a descriptor (ulimit -n). Default: ${DEFAULT-VALUE}")
  private int maxConnections;

  @Option(
      names = "--max-connections-per-address",
      paramLabel = "N",
      defaultValue = "" + HttpLimits.DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
      description = "Of these, from one address; a proxy is one. Default: ${DEFAULT-VALUE}")
  private int maxConnectionsPerAddress;

  @Option(
      names = "--header-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Units.DurationConverter.class,
      description = "How long the head of a request may take. Default: ${DEFAULT-VALUE}")
  private Duration headerTimeout;

  @Option(
      names = "--body-timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Units.DurationConverter.class,
      description = "How long its body may take. Default: ${DEFAULT-VALUE}")
  private Duration bodyTimeout;

  @Option(
      names = "--keep-alive",
      paramLabel = "TIME",
      defaultValue = "75s",
      converter = Units.DurationConverter.class,
      description = "How long a connection may be idle. Default: ${DEFAULT-VALUE}")
  private Duration keepAlive;

  @Option(
      names = "--delivery-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Units.DurationConverter.class,
      description =
          "How long Kafka may take to acknowledge; then the answer is 503 and says 'unknown'."
              + " Default: ${DEFAULT-VALUE}")
  private Duration deliveryTimeout;

  @Option(
      names = "--max-future-skew",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Units.DurationConverter.class,
      description = "How far ahead of the clock an event may be. Default: ${DEFAULT-VALUE}")
  private Duration maxFutureSkew;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  IngestCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    IngestConfig config =
        new IngestConfig(
            kafka.bootstrapServers(),
            host,
            port,
            new HttpLimits(
                maxInFlight,
                maxBody,
                maxConnections,
                maxConnectionsPerAddress,
                headerTimeout,
                bodyTimeout,
                keepAlive),
            maxFutureSkew,
            IngestConfig.DEFAULT_KAFKA_TIMEOUT,
            deliveryTimeout,
            tls(),
            Optional.ofNullable(apiKeys),
            kafka.settings());
    PrintWriter err = spec.commandLine().getErr();
    interruption.hold();
    interruption.endsWell();
    try (IngestServer server = IngestServer.start(config)) {
      String scheme = config.tls().isPresent() ? "https" : "http";
      String address = host.contains(":") ? "[" + host + "]" : host;
      err.println(
          "ingest listens on "
              + scheme
              + "://"
              + address
              + ":"
              + server.port()
              + "; Ctrl-C stops it");
      if (config.isOpen()) {
        err.println(
            "ingest: warning: others can reach it, and "
                + (config.tls().isEmpty() ? "read what is sent (no --tls-cert)" : "send events")
                + (config.apiKeys().isEmpty() ? "; anybody may send (no --api-keys)" : ""));
      }
      report(server);
    }
    return 0;
  }

  private Optional<TlsFiles> tls() {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException(
          certificate == null
              ? "--tls-key " + key + ": needs --tls-cert too"
              : "--tls-cert " + certificate + ": needs --tls-key too");
    }
    return certificate == null ? Optional.empty() : Optional.of(new TlsFiles(certificate, key));
  }

  private void report(IngestServer server) throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    IngestMetrics metrics = server.metrics();
    long before = 0;
    long then = System.nanoTime();
    String notReady = "";
    while (!interruption.await(REPORT_MS)) {
      String cause = server.readiness().cause();
      if (!cause.equals(notReady)) {
        err.println(cause.isEmpty() ? "ready again" : "not ready: " + cause);
        notReady = cause;
      }
      long received = metrics.received();
      long now = System.nanoTime();
      if (received != before) {
        err.println(
            "events "
                + Units.count(Math.round((received - before) * 1e9 / (now - then)))
                + "/s, in all: accepted "
                + Units.count(metrics.accepted())
                + ", rejected "
                + Units.count(metrics.rejected())
                + ", failed "
                + Units.count(metrics.failed())
                + ", unknown "
                + Units.count(metrics.unknown())
                + "; connections "
                + Units.count(server.openConnections()));
        before = received;
      }
      then = now;
    }
  }
}
