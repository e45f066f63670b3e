package dev.millrace.telemetry;

import java.util.Map;

/// Limits of the JDK's HTTP server, which it takes from system properties (see the documentation of
/// the module jdk.httpserver): how long the head of a request may take, in seconds, and how many
/// connections there may be. What the user has set stays.
public final class ServerLimits {
  private static final Map<String, String> LIMITS =
      Map.of("sun.net.httpserver.maxReqTime", "10", "jdk.httpserver.maxConnections", "200");

  private ServerLimits() {}

  /// To be called before the process has its first such server.
  public static void set() {
    LIMITS.forEach((name, value) -> {
      if (System.getProperty(name) == null) {
        System.setProperty(name, value);
      }
    });
  }
}
