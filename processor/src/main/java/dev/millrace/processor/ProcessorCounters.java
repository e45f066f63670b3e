package dev.millrace.processor;

import java.util.concurrent.atomic.LongAdder;

/// What the tasks of one process have counted, see [ProcessorMetrics].
final class ProcessorCounters {
  final LongAdder consumed = new LongAdder();
  final LongAdder aggregated = new LongAdder();
  final LongAdder late = new LongAdder();
  final LongAdder deadLettered = new LongAdder();
  final LongAdder folded = new LongAdder();
  final LongAdder spilled = new LongAdder();
}
