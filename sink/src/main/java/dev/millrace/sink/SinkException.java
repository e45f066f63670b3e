package dev.millrace.sink;

/// What keeps the sink or a reader of its database from working, as a sentence for the user: what
/// was wrong, with which value, and what to do.
public class SinkException extends RuntimeException {
  /// @param sentence shown to the user as it is
  public SinkException(String sentence) {
    super(sentence);
  }

  /// @param sentence shown to the user as it is
  /// @param cause for the log
  public SinkException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
