package dev.millrace.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the process takes of the machine's memory, which is what a container's limit is compared
/// with. The JVM does not know it; Linux does. Elsewhere there is no such metric.
final class ResidentMemory implements MeterBinder {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentMemory.class);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String LINE = "VmRSS:";
  private static final double KIB = 1024;

  @Override
  public void bindTo(MeterRegistry registry) {
    if (Files.isReadable(STATUS)) {
      Gauge.builder("process.resident.memory", ResidentMemory::bytes)
          .baseUnit("bytes")
          .description("Resident memory of the process.")
          .register(registry);
    }
  }

  static double bytes() {
    try {
      return bytes(Files.readString(STATUS, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      LOG.debug("{}", STATUS, e);
      return Double.NaN;
    }
  }

  /// @param status proc(5), "/proc/pid/status"
  /// @return not a number if it does not say
  static double bytes(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith(LINE))
        .map(line -> line.substring(LINE.length()).replace("kB", "").strip())
        .mapToDouble(kib -> Double.parseDouble(kib) * KIB)
        .findFirst()
        .orElse(Double.NaN);
  }
}
