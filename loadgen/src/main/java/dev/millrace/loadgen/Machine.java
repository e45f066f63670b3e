package dev.millrace.loadgen;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// The machine that this runs on, and how busy this process keeps it.
public final class Machine {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Machine() {}

  /// Processors, operating system and Java, in a line.
  public static String description() {
    return processors()
        + " processors, "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", Java "
        + Runtime.version();
  }

  static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  /// CPU time of this process, nanoseconds.
  static long processCpuNanos() {
    return SYSTEM.getProcessCpuTime();
  }

  /// Share of the machine, or of the container, that all processes used since this was last asked,
  /// 0 to 1; negative if it is not known.
  static double load() {
    return SYSTEM.getCpuLoad();
  }

  /// CPU time of a thread, nanoseconds; -1 if it is not there any more.
  static long threadCpuNanos(Thread thread) {
    return THREADS.getThreadCpuTime(thread.threadId());
  }
}
