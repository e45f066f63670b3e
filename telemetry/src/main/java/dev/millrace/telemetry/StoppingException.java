package dev.millrace.telemetry;

/// There are no more figures, and nothing is wrong: the service is being stopped.
public final class StoppingException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  StoppingException() {
    super("the service is being stopped");
  }
}
