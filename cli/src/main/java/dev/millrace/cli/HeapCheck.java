package dev.millrace.cli;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalInt;

/// Whether a heap like this one's fits into the memory, and the processor's windows into the heap.
///
/// @param heap the largest it may get, bytes
/// @param memory of the machine, or what its container allows, bytes
/// @param windows the processor's `--windows-in-memory`; empty for its default, which goes by the
///   heap
record HeapCheck(long heap, long memory, OptionalInt windows) implements DoctorCheck {
  /// The rest is for Kafka's buffers, code, stacks and the page cache.
  private static final double MOST = 0.75;

  /// With very many events in them.
  private static final long BYTES_A_WINDOW = 4 << 10;

  private static final long MIB = 1 << 20;

  /// This process, and what it may have.
  static HeapCheck here(OptionalInt windows) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new HeapCheck(Runtime.getRuntime().maxMemory(), system.getTotalMemorySize(), windows);
  }

  @Override
  public String name() {
    return "heap";
  }

  @Override
  public void run(Findings findings) {
    String sizes =
        "the heap may have %s MiB of %s MiB that machine or container have"
            .formatted(Units.count(heap / MIB), Units.count(memory / MIB));
    if (heap > MOST * memory) {
      findings.problem(
          sizes + ": with what a JVM needs beside it, the system would kill the process",
          "-Xmx" + Math.round(MOST * memory / MIB) + "m in MILLRACE_JAVA_OPTS, or more memory");
    } else {
      findings.ok(sizes + " (options as this command has them)");
    }
    if (windows.isPresent() && windows.getAsInt() * BYTES_A_WINDOW > heap / 2) {
      findings.problem(
          "--windows-in-memory %s may take %s MiB, more than half of the heap"
              .formatted(
                  Units.count(windows.getAsInt()),
                  Units.count(windows.getAsInt() * BYTES_A_WINDOW / MIB)),
          "at most "
              + Units.count(heap / 2 / BYTES_A_WINDOW)
              + ", or a larger heap, or leave it out");
    }
  }
}
