package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;

/// What became of one line of a log. Lines hold their bytes as they are, neither copied nor to be
/// changed; lines are not meant to be compared.
public sealed interface LogLine {
  /// Where the line stands in its file; the first is 1, and blank lines count.
  long number();

  /// A line that is a valid event.
  ///
  /// @param event what the line says
  /// @param json what to send: the line's own bytes where the log is NDJSON, else the event encoded
  @SuppressWarnings("ArrayRecordComponent")
  record Event(long number, RequestEvent event, byte[] json) implements LogLine {}

  /// A line that is none.
  ///
  /// @param raw the line's bytes without its end; of a line that is too long, the first
  ///   [LogReader#MAX_LINE_BYTES]
  /// @param reason what is wrong with it, for people
  @SuppressWarnings("ArrayRecordComponent")
  record Rejected(long number, byte[] raw, String reason) implements LogLine {}
}
