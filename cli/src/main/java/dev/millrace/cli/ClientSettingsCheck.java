package dev.millrace.cli;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    // By name, so that there is one order. Kafka Streams takes some with a prefix; each is judged,
    // as those without one hold for the other services.
    new TreeMap<>(given)
        .forEach((name, value) ->
            judge(
                findings,
                name.replaceFirst("^(main\\.)?(producer|consumer)\\.", ""),
                value.strip(),
                name + "=" + value.strip()));
    findings.okUnlessFound(
        given.isEmpty()
            ? "no settings of Kafka's clients are given: ours are in force"
            : "the given settings of Kafka's clients lose nothing that we know of");
  }

  /// @param name without prefix
  /// @param given name and value as they were given
  private static void judge(Findings findings, String name, String value, String given) {
    switch (name) {
      case ProducerConfig.ACKS_CONFIG -> {
        if (!ALL_REPLICAS.contains(value)) {
          findings.problem(
              given + ": what was acknowledged may be lost",
              "leave it out: ours is all, and ingest and loadgen take nothing else");
        }
      }
      case ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG -> {
        if (value.equalsIgnoreCase("false")) {
          findings.problem(
              given + ": what is sent twice because an answer was lost is counted twice",
              "leave it out");
        }
      }
      case ProducerConfig.BATCH_SIZE_CONFIG ->
          smaller(
              findings,
              value,
              given,
              SMALL_BATCH,
              "many small batches, each with a request's work",
              "leave it out: ours are 128 and 256 KiB");
      case ProducerConfig.MAX_REQUEST_SIZE_CONFIG ->
          smaller(
              findings,
              value,
              given,
              SMALL_REQUEST,
              "large events, sums and dead letters are refused by the client",
              "leave it out: ours are up to 4 MiB");
      case ProducerConfig.LINGER_MS_CONFIG ->
          smaller(
              findings,
              value,
              given,
              1,
              "batches do not wait for company, so that there are many small ones",
              "leave it out: ours are 5 to 20 ms");
      case ProducerConfig.COMPRESSION_TYPE_CONFIG -> {
        if (!value.equals("lz4")) {
          findings.warning(
              given
                  + (value.equals("none")
                      ? ": several times as many bytes on the network and on the broker's disk"
                      : ": our figures are measured with lz4"),
              "leave it out: ours is lz4");
        }
      }
      case ProducerConfig.COMPRESSION_LZ4_LEVEL_CONFIG -> {
        if (!value.equals(FAST_LEVEL)) {
          findings.warning(
              given
                  + ": any level but the default, 9, is LZ4's slow compressor, also those below it",
              "leave it out");
        }
      }
      case ConsumerConfig.ISOLATION_LEVEL_CONFIG -> {
        if (value.equals("read_uncommitted")) {
          findings.problem(
              given + " counts what a crash has taken back",
              "leave it out: ours is read_committed");
        }
      }
      default -> {
        // Nothing that we know of.
      }
    }
  }

  private static void smaller(
      Findings findings, String value, String given, int least, String effect, String remedy) {
    if (!value.matches("-?\\d{1,18}")) {
      findings.problem(given + " is no number: Kafka's clients refuse it", remedy);
    } else if (Long.parseLong(value) < least) {
      findings.warning(given + ": " + effect, remedy);
    }
  }
}
