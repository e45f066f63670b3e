package dev.millrace.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Which Java this is, and whether it starts from an AOT cache. The launcher gives all commands the
/// same.
///
/// @param cache what the JVM was told to use; empty for none
/// @param maps the list of files that this process has mapped, as Linux tells it
record JavaCheck(String cache, Path maps) implements DoctorCheck {
  /// This process.
  static JavaCheck here() {
    String cache = "";
    try {
      HotSpotDiagnosticMXBean jvm =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      cache = jvm.getVMOption("AOTCache").getValue();
    } catch (IllegalArgumentException _) {
      // A JVM without it has none.
    }
    return new JavaCheck(cache, Path.of("/proc/self/maps"));
  }

  @Override
  public String name() {
    return "java";
  }

  @Override
  public void run(Findings findings) {
    String java = "Java " + Runtime.version() + " of " + System.getProperty("java.vendor");
    if (cache.isEmpty()) {
      findings.warning(
          java + ", without an AOT cache: all commands start more slowly",
          "start by ./millrace, which trains one, if its cli/target can be written to");
      return;
    }
    try {
      // The JVM goes on without a cache that does not fit, and says so only in a log that is off.
      Path given = Path.of(cache);
      // The system tells where a file is, not by which link it was found.
      Path real = Files.exists(given) ? given.toRealPath() : given.toAbsolutePath();
      boolean mapped = Files.readString(maps, StandardCharsets.UTF_8).contains(real.toString());
      if (mapped) {
        findings.ok(java + ", with the AOT cache " + cache);
      } else {
        findings.warning(
            java
                + " does not use the AOT cache "
                + cache
                + ": it was made by another JDK, or for other jars or options",
            "-Xlog:aot in MILLRACE_JAVA_OPTS says why; delete the file, and ./millrace trains a new"
                + " one");
      }
    } catch (IOException e) {
      findings.unknown(
          java + " was given the AOT cache " + cache + "; whether it is used is not known here",
          "-Xlog:aot in MILLRACE_JAVA_OPTS tells");
    }
  }
}
