package dev.millrace.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.TopicConfig;

/// Whether the broker stores batches as they come. All of ours come in lz4.
record CompressionCheck(Cluster cluster) implements DoctorCheck {
  @Override
  public String name() {
    return "compression";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    List<String> changed = new ArrayList<>();
    for (String topic : cluster.anyTopics().keySet()) {
      String type = cluster.setting(topic, TopicConfig.COMPRESSION_TYPE_CONFIG);
      if (!type.isEmpty() && !type.equals("producer") && !type.equals("lz4")) {
        changed.add(topic + " (" + type + ")");
      }
    }
    if (!changed.isEmpty()) {
      findings.warning(
          "the broker unpacks each batch and packs it anew for "
              + Cluster.list(changed)
              + ", which takes its processors",
          cluster.alter("NAME", TopicConfig.COMPRESSION_TYPE_CONFIG, "producer"));
    }
    findings.okUnlessFound("the broker stores batches as they come");
  }
}
