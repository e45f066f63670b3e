package dev.millrace.events;

/// What became of everything that a run meant to send. The equation that holds when a run is over:
/// sent = acknowledged + failed + unknown.
///
/// @param sent events handed to the client
/// @param acknowledged Kafka has them
/// @param failed Kafka surely does not have them
/// @param unknown a send timed out or the connection broke: Kafka may have them
public record LedgerTotals(long sent, long acknowledged, long failed, long unknown) {

  /// Whether every event sent has exactly one fate.
  public boolean isBalanced() {
    return sent == acknowledged + failed + unknown;
  }

  /// Both together.
  public LedgerTotals plus(LedgerTotals other) {
    return new LedgerTotals(
        sent + other.sent,
        acknowledged + other.acknowledged,
        failed + other.failed,
        unknown + other.unknown);
  }
}
