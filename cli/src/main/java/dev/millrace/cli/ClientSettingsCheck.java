package dev.millrace.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/// Settings of Kafka's clients that are given to services with `--kafka` and `--kafka-config`, and
/// so win over ours: whether they lose records or speed.
///
/// @param given as to this command
record ClientSettingsCheck(Map<String, String> given) implements DoctorCheck {
  private static final int SMALL_BATCH = 16 << 10;
  private static final int SMALL_REQUEST = 128 << 10;

  /// The only level at which Kafka takes LZ4's fast compressor.
  private static final String FAST_LEVEL = "9";

  private static final Set<String> ALL_REPLICAS = Set.of("all", "-1");

  @Override
  public String name() {
    return "settings";
  }

  @Override
  public void run(Findings findings) {
    Map<String, String> settings = new HashMap<>();
    // Kafka Streams takes some with a prefix.
    given.forEach((name, value) ->
        settings.put(name.replaceFirst("^(main\\.)?(producer|consumer)\\.", ""), value.strip()));
    acknowledgements(findings, settings);
    batches(findings, settings);
    compression(findings, settings);
    if ("read_uncommitted".equals(settings.get(ConsumerConfig.ISOLATION_LEVEL_CONFIG))) {
      findings.problem(
          "isolation.level=read_uncommitted counts what a crash has taken back",
          "leave it out: ours is read_committed");
    }
    findings.okUnlessFound(
        given.isEmpty()
            ? "no settings of Kafka's clients are given: ours are in force"
            : "the given settings of Kafka's clients lose nothing that we know of");
  }

  private static void acknowledgements(Findings findings, Map<String, String> settings) {
    String acks = settings.getOrDefault(ProducerConfig.ACKS_CONFIG, "all");
    if (!ALL_REPLICAS.contains(acks)) {
      findings.problem(
          "acks=" + acks + ": what was acknowledged may be lost; ingest and loadgen refuse it",
          "leave it out: ours is all");
    }
    if ("false".equalsIgnoreCase(settings.get(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG))) {
      findings.problem(
          "enable.idempotence=false: what is sent twice because an answer was lost is counted twice",
          "leave it out");
    }
  }

  private static void batches(Findings findings, Map<String, String> settings) {
    smaller(
        findings,
        settings,
        ProducerConfig.BATCH_SIZE_CONFIG,
        SMALL_BATCH,
        "many small batches, each with a request's work",
        "leave it out: ours are 128 and 256 KiB");
    smaller(
        findings,
        settings,
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
        SMALL_REQUEST,
        "large events, sums and dead letters are refused by the client",
        "leave it out: ours are up to 4 MiB");
    smaller(
        findings,
        settings,
        ProducerConfig.LINGER_MS_CONFIG,
        1,
        "batches do not wait for company, so that there are many small ones",
        "leave it out: ours are 5 to 20 ms");
  }

  private static void smaller(
      Findings findings,
      Map<String, String> settings,
      String name,
      int least,
      String effect,
      String remedy) {
    String value = settings.get(name);
    if (value == null) {
      return;
    }
    if (!value.matches("-?\\d{1,18}")) {
      findings.problem(name + "=" + value + " is no number: Kafka's clients refuse it", remedy);
    } else if (Long.parseLong(value) < least) {
      findings.warning(name + "=" + value + ": " + effect, remedy);
    }
  }

  private static void compression(Findings findings, Map<String, String> settings) {
    String type = settings.get(ProducerConfig.COMPRESSION_TYPE_CONFIG);
    if (type != null && !type.equals("lz4")) {
      findings.warning(
          "compression.type="
              + type
              + (type.equals("none")
                  ? ": several times as many bytes on the network and on the broker's disk"
                  : ": our figures are measured with lz4"),
          "leave it out: ours is lz4");
    }
    String level = settings.get(ProducerConfig.COMPRESSION_LZ4_LEVEL_CONFIG);
    if (level != null && !level.equals(FAST_LEVEL)) {
      findings.warning(
          "compression.lz4.level="
              + level
              + ": any level but the default, 9, is LZ4's slow compressor, also those below it",
          "leave it out");
    }
  }
}
