package dev.millrace.cli;

import dev.millrace.events.Topics;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.TopicConfig;

/// Whether topics take records as large as ours may be. What counts is `max.message.bytes` of the
/// topic, or if it has none `message.max.bytes` of the broker; it limits a compressed batch.
record SizeCheck(Cluster cluster) implements DoctorCheck {
  /// The processor's handler makes letters of up to 3 MiB and some headers.
  private static final long LETTER = (3 << 20) + (64 << 10);

  /// The largest event, and what a batch has around it.
  private static final long EVENT = Topics.MAX_EVENT_BYTES + 1_024;

  /// The load generator's batches. A larger one is split, after it was sent in vain.
  private static final long BATCH = 256 << 10;

  /// Partials of a second and series, and windows with a full histogram.
  private static final long SUMS = 512 << 10;

  @Override
  public String name() {
    return "sizes";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    List<String> narrow = new ArrayList<>();
    for (String topic : cluster.anyTopics().keySet()) {
      long limit = cluster.number(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
      switch (topic) {
        case Topics.REQUESTS -> {
          if (limit < EVENT) {
            findings.problem(
                "requests takes %s bytes at most, and an event may have %s: Kafka refuses those"
                    .formatted(Units.count(limit), Units.count(Topics.MAX_EVENT_BYTES)),
                alter(topic, 1 << 20));
          } else if (limit < BATCH) {
            findings.warning(
                "requests takes batches of %s bytes at most: larger ones are sent in vain and then split"
                    .formatted(Units.count(limit)),
                alter(topic, 1 << 20));
          }
        }
        case Topics.DEAD_LETTERS -> {
          if (limit < LETTER) {
            findings.problem(
                "requests.dlq takes %s bytes at most, and a dead letter may have %s: such a one would stop the processor, again and again"
                    .formatted(Units.count(limit), Units.count(LETTER)),
                alter(topic, 4 << 20));
          }
        }
        default -> {
          if (limit < SUMS) {
            narrow.add(topic);
          }
        }
      }
    }
    if (!narrow.isEmpty()) {
      findings.problem(
          "less than "
              + Units.count(SUMS)
              + " bytes are taken by "
              + Cluster.list(narrow)
              + ": sums of many windows may be larger, and would stop the processor",
          alter("NAME", 1 << 20));
    }
    findings.okUnlessFound("topics take the largest records that there may be");
  }

  private String alter(String topic, int bytes) {
    return cluster.alter(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, bytes);
  }
}
