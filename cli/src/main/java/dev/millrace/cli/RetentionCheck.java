package dev.millrace.cli;

import dev.millrace.events.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.TopicConfig;

/// Whether topics keep what is in them, and take every time that an event may have. Kafka judges
/// both by record timestamps, and those are event times.
record RetentionCheck(Cluster cluster) implements DoctorCheck {
  @Override
  public String name() {
    return "retention";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    List<String> compacted = new ArrayList<>();
    List<String> aged = new ArrayList<>();
    List<String> sized = new ArrayList<>();
    List<String> strict = new ArrayList<>();
    for (String topic : ContractTopics.names()) {
      if (!cluster.anyTopics().containsKey(topic)) {
        continue;
      }
      if (cluster.setting(topic, TopicConfig.CLEANUP_POLICY_CONFIG).contains("compact")) {
        compacted.add(topic);
      }
      long kept = cluster.number(topic, TopicConfig.RETENTION_MS_CONFIG);
      if (!topic.equals(Topics.DEAD_LETTERS) && kept >= 0 && kept != Long.MAX_VALUE) {
        aged.add(topic + " (" + days(kept) + ")");
      }
      long bytes = cluster.number(topic, TopicConfig.RETENTION_BYTES_CONFIG);
      if (bytes >= 0 && bytes != Long.MAX_VALUE) {
        sized.add(topic + " (" + Units.count(bytes) + " bytes a partition)");
      }
      if (topic.startsWith(Topics.REQUESTS)
          && (cluster.number(topic, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG)
                  != Long.MAX_VALUE
              || cluster.number(topic, TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG)
                  != Long.MAX_VALUE)) {
        strict.add(topic);
      }
    }
    if (!compacted.isEmpty()) {
      findings.problem(
          "cleanup.policy of "
              + Cluster.list(compacted)
              + " has compact: Kafka refuses records without a key there, and forgets all but the"
              + " last of those with one",
          cluster.alter("NAME", TopicConfig.CLEANUP_POLICY_CONFIG, "delete"));
    }
    if (!aged.isEmpty()) {
      findings.warning(
          "kept by age: "
              + Cluster.list(aged)
              + ". Age is that of the events: an older log is deleted as soon as it is replayed, and"
              + " 'verify --recount' counts what is left",
          "if that is not meant: " + cluster.alter("NAME", TopicConfig.RETENTION_MS_CONFIG, -1));
    }
    if (!sized.isEmpty()) {
      findings.warning(
          "kept by size: "
              + Cluster.list(sized)
              + ". What is oldest is deleted beyond that, whether it was read or not",
          "if that is not meant: " + cluster.alter("NAME", TopicConfig.RETENTION_BYTES_CONFIG, -1));
    }
    if (!strict.isEmpty()) {
      findings.warning(
          "Kafka itself refuses some times on "
              + Cluster.list(strict)
              + " (message.timestamp.after.max.ms, …before.max.ms), and with one record its whole"
              + " batch",
          cluster.alter("NAME", TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, Long.MAX_VALUE)
              + ", and the same for before");
    }
    findings.okUnlessFound("all is kept, whatever time it has" + letters());
  }

  /// Dead letters may go by age: they are there to be looked at, and are in no sum.
  private String letters() throws NoAnswerException, InterruptedException {
    if (!cluster.topics().containsKey(Topics.DEAD_LETTERS)) {
      return "";
    }
    long kept = cluster.number(Topics.DEAD_LETTERS, TopicConfig.RETENTION_MS_CONFIG);
    return kept < 0 || kept == Long.MAX_VALUE
        ? ""
        : ", but for dead letters, which are kept for " + days(kept);
  }

  private static String days(long millis) {
    Duration kept = Duration.ofMillis(millis);
    return kept.toHours() >= 48
        ? kept.toDays() + " d"
        : kept.toMinutes() >= 120 ? kept.toHours() + " h" : kept.toSeconds() + " s";
  }
}
