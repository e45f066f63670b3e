package dev.millrace.sink;

/// The database could not be had now, and nothing was changed: the same call may succeed later.
public final class StoreBusyException extends SinkException {
  /// @param sentence which database, and who may hold it
  /// @param cause what the database said
  public StoreBusyException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
