package dev.millrace.loadgen;

import dev.millrace.loadgen.Ledger.Fate;

/// Why an event sent over HTTP was not acknowledged, and what is known of it. Has no stack trace:
/// there may be very many when an edge is away.
final class NotAcknowledged extends Exception {
  private final Fate fate;
  private final boolean refusal;

  private NotAcknowledged(Fate fate, boolean refusal, String detail) {
    super(detail, null, false, false);
    this.fate = fate;
    this.refusal = refusal;
  }

  /// It is surely not in Kafka.
  static NotAcknowledged failed(String detail) {
    return new NotAcknowledged(Fate.FAILED, false, detail);
  }

  /// The same, because the edge says that it is no event.
  static NotAcknowledged refused(String detail) {
    return new NotAcknowledged(Fate.FAILED, true, detail);
  }

  /// It may be in Kafka.
  static NotAcknowledged unknown(String detail) {
    return new NotAcknowledged(Fate.UNKNOWN, false, detail);
  }

  Fate fate() {
    return fate;
  }

  /// Whether it was judged to be no event.
  boolean isRefusal() {
    return refusal;
  }
}
