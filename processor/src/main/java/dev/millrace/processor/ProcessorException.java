package dev.millrace.processor;

/// The processor cannot do its work; the message says why, and what to do.
public final class ProcessorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ProcessorException(String message) {
    super(message);
  }

  ProcessorException(String message, Throwable cause) {
    super(message, cause);
  }
}
