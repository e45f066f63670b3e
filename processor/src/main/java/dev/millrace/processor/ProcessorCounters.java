package dev.millrace.processor;

import dev.millrace.events.WindowSize;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What the tasks of one process have counted, see [ProcessorMetrics].
final class ProcessorCounters {
  final LongAdder consumed = new LongAdder();
  final LongAdder aggregated = new LongAdder();
  final LongAdder late = new LongAdder();
  final LongAdder deadLettered = new LongAdder();
  final LongAdder folded = new LongAdder();
  final LongAdder spilled = new LongAdder();

  /// Events that came after the end of their window of a size, and still count in it.
  final Map<WindowSize, LongAdder> correcting = bySize();

  /// Rows, those of a higher revision included.
  final Map<WindowSize, LongAdder> published = bySize();

  /// How far the tasks are.
  final TaskStates tasks = new TaskStates();

  private static Map<WindowSize, LongAdder> bySize() {
    Map<WindowSize, LongAdder> counters = new EnumMap<>(WindowSize.class);
    for (WindowSize size : WindowSize.values()) {
      counters.put(size, new LongAdder());
    }
    return counters;
  }
}
