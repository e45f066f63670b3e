package dev.millrace.cli;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// Whether a process may open as many descriptors as the edge needs.
///
/// @param limit how many; negative if the system does not tell
/// @param connections the edge's `--max-connections`
record DescriptorCheck(long limit, int connections) implements DoctorCheck {
  /// Jars, connections to Kafka, and what else a JVM has open.
  private static final int OTHERS = 200;

  /// This process.
  static DescriptorCheck here(int connections) {
    return new DescriptorCheck(
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : -1,
        connections);
  }

  @Override
  public String name() {
    return "descriptors";
  }

  @Override
  public void run(Findings findings) {
    if (limit < 0) {
      findings.unknown("this system does not tell how many descriptors there are", "see ulimit -n");
      return;
    }
    String text =
        "a process may open %s descriptors, and %s connections to the edge need %s"
            .formatted(
                Units.count(limit), Units.count(connections), Units.count(connections + OTHERS));
    if (limit < connections + OTHERS) {
      findings.problem(
          text,
          "ulimit -n "
              + (connections + OTHERS)
              + " or LimitNOFILE= before 'millrace ingest', or --max-connections "
              + Math.max(1, limit - OTHERS));
    } else {
      findings.ok(text);
    }
  }
}
