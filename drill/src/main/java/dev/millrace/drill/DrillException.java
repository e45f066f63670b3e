package dev.millrace.drill;

/// A drill that could not be run to its end. The message is a sentence for the user.
public final class DrillException extends RuntimeException {
  DrillException(String sentence) {
    super(sentence);
  }

  DrillException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
