package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.util.List;

/// Is told of rows once they are in the store. It is called by the sink's own thread: it must
/// return at once, and must not throw.
@FunctionalInterface
public interface WindowListener {
  /// @param rows of one transaction, in the order in which they were read
  /// @param complete whether all of them are in the store now; if not, some have given way to a
  ///   higher revision, and the store does not say which
  void written(List<WindowSummary> rows, boolean complete);
}
