package dev.millrace.sink;

/// The store could not be had now (locked, not there, no space left), and nothing was changed, but
/// for what [WindowStore#write] says of a commit: the same call may succeed later.
public final class StoreBusyException extends SinkException {
  /// @param sentence which store, and what is in the way
  /// @param cause what the store said
  public StoreBusyException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
