package dev.millrace.broker;

import java.io.Serial;

/// The embedded broker could not start, or broke down. The message is one sentence for the person
/// who runs it: what was wrong, with which value, and what to do; the cause is for the developer.
public final class BrokerException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// @param message one sentence
  /// @param cause what happened underneath, or null if there is nothing to add
  public BrokerException(String message, Throwable cause) {
    super(message, cause);
  }
}
