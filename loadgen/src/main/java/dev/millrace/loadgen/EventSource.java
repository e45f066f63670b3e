package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;

/// Where events come from: made up, or from a log.
public interface EventSource {
  /// Sends everything, and waits until the fate of each event is known.
  ///
  /// @throws IOException if the source cannot be read or the ledger not be written
  LedgerTotals run() throws IOException;

  /// Makes a run that goes on in another thread end early; what was sent is still waited for.
  void stop();

  /// Counts so far.
  LoadMetrics metrics();
}
