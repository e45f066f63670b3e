package dev.millrace.events;

/// A raw event that breaks the contract. The message is the reason, written for the sender: which
/// field, which value, what would do.
public final class InvalidEventException extends RuntimeException {
  /// An exception with no stack trace: it is an answer, made at high rate when a sender is broken.
  public InvalidEventException(String reason) {
    super(reason, null, false, false);
  }
}
