package dev.millrace.cli;

import java.time.Clock;
import java.time.Duration;
import org.apache.kafka.clients.admin.QuorumInfo;

/// Compares this machine's clock with that of Kafka's active controller, which tells its own when
/// it is asked about the quorum (KIP-836). Nothing is written for it.
///
/// @param clock this machine's
record ClockCheck(Cluster cluster, Clock clock) implements DoctorCheck {
  private static final Duration NEAR = Duration.ofSeconds(1);

  /// An event so far ahead of the processor's clock is a dead letter.
  private static final Duration FAR = Duration.ofSeconds(10);

  private static final String REMEDY =
      "synchronise the clocks (chrony, systemd-timesyncd): windows are published, and events refused"
          + " as coming from the future, by the clock";

  @Override
  public String name() {
    return "clock";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    // The first answer pays for the connection.
    cluster.get(cluster.admin().describeMetadataQuorum().quorumInfo());
    long before = clock.millis();
    QuorumInfo quorum = cluster.get(cluster.admin().describeMetadataQuorum().quorumInfo());
    long after = clock.millis();
    long theirs =
        quorum.voters().stream()
            .filter(voter -> voter.replicaId() == quorum.leaderId())
            .mapToLong(voter -> voter.lastCaughtUpTimestamp().orElse(-1))
            .findAny()
            .orElse(-1);
    if (theirs < 0) {
      findings.unknown(
          "Kafka's controller does not tell its time",
          "compare the clocks of the machines by hand, or give the services' addresses with --url");
      return;
    }
    long half = (after - before + 1) / 2;
    judge(findings, "Kafka's controller " + quorum.leaderId(), theirs - before - half, half);
  }

  /// Judges how far another clock is from this machine's.
  ///
  /// @param whose the other clock
  /// @param millis how far it is ahead of ours
  /// @param uncertain by how much that may be wrong
  static void judge(Findings findings, String whose, long millis, long uncertain) {
    long distance = Math.max(0, Math.abs(millis) - uncertain);
    String text =
        "the clock of "
            + whose
            + " is "
            + Units.count(Math.abs(millis))
            + " ms "
            + (millis < 0 ? "behind" : "ahead of")
            + " this machine's, give or take "
            + uncertain;
    if (distance >= FAR.toMillis()) {
      findings.problem(text, REMEDY);
    } else if (distance >= NEAR.toMillis()) {
      findings.warning(text, REMEDY);
    } else {
      findings.ok(text);
    }
  }
}
