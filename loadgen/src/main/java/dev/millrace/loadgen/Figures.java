package dev.millrace.loadgen;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What is measured of each event, from the time at which it was due: that a slow target delays
/// what comes after it shows in the latencies of what comes after it (no coordinated omission).
///
/// The sender's thread records lateness, Kafka's network thread acknowledgements, and the prober's
/// thread end-to-end times.
final class Figures {
  /// An event of which nobody knows whether the target has it.
  ///
  /// @param index its place in the run, which is in its id
  record Unknown(long index, boolean valid) {
    /// A line of the run's folder.
    String line() {
      return index + (valid ? "" : " invalid") + "\n";
    }
  }

  final LatencyRecorder ack = new LatencyRecorder("ack");
  final LatencyRecorder lateness = new LatencyRecorder("lateness");
  final LatencyRecorder e2e = new LatencyRecorder("e2e");

  /// Those that nobody has written down yet.
  final Queue<Unknown> unknown = new ConcurrentLinkedQueue<>();

  private volatile long startNanos;

  /// The run starts now.
  void start(long nanos) {
    startNanos = nanos;
  }

  /// Nanoseconds since the start.
  long elapsed() {
    return System.nanoTime() - startNanos;
  }

  /// @param dueNanos when the event was due, since the start
  void acknowledged(long dueNanos) {
    ack.record(elapsed() - dueNanos);
  }
}
