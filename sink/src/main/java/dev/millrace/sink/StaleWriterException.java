package dev.millrace.sink;

/// The database's offset of a partition is not the one that this writer last knew: somebody else
/// has written meanwhile. The transaction was rolled back; read the offsets again and go on from
/// there.
public final class StaleWriterException extends SinkException {
  /// @param sentence which partition, and both offsets
  public StaleWriterException(String sentence) {
    super(sentence);
  }
}
