package dev.millrace.drill;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// What a process holds at some moment.
///
/// @param pid the process
/// @param threads of the operating system
/// @param descriptors open ones; 0 where the system does not tell
/// @param heapBytes what is in use after a full collection
record Usage(
    @JsonProperty("pid") long pid,
    @JsonProperty("threads") int threads,
    @JsonProperty("descriptors") long descriptors,
    @JsonProperty("heap_bytes") long heapBytes) {

  /// Of this process, after a full collection.
  static Usage measure() {
    // Twice: what the first one finds unreachable may be freed by the second only.
    System.gc();
    System.gc();
    return new Usage(
        ProcessHandle.current().pid(),
        ManagementFactory.getThreadMXBean().getThreadCount(),
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getOpenFileDescriptorCount()
            : 0,
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
  }
}
