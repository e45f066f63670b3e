package dev.millrace.events;

/// What became of everything that a run meant to send. The equation that holds when a run is over:
/// sent = acknowledged + rejected + failed + unknown.
///
/// @param sent handed to the client
/// @param acknowledged valid events that Kafka has
/// @param rejected what is no valid event: refused at once, or in Kafka only to be dead-lettered;
///   no row may count it. Ledgers of earlier versions do not have it
/// @param failed Kafka surely does not have them
/// @param unknown valid events whose send timed out or whose connection broke: Kafka may have them
public record LedgerTotals(long sent, long acknowledged, long rejected, long failed, long unknown) {

  /// Totals of a run that had nothing but valid events.
  public LedgerTotals(long sent, long acknowledged, long failed, long unknown) {
    this(sent, acknowledged, 0, failed, unknown);
  }

  /// Whether every event sent has exactly one fate.
  public boolean isBalanced() {
    return sent == acknowledged + rejected + failed + unknown;
  }

  /// Both together.
  public LedgerTotals plus(LedgerTotals other) {
    return new LedgerTotals(
        sent + other.sent,
        acknowledged + other.acknowledged,
        rejected + other.rejected,
        failed + other.failed,
        unknown + other.unknown);
  }
}
