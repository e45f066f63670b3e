package dev.millrace.sink;

import java.util.Objects;

/// Where the page is served, and whose lag it shows.
///
/// @param host address to listen on
/// @param port port to listen on, 0 for any
/// @param orAnyPort whether any other port will do if that one is taken
/// @param applicationId the processor's, which is the name of its consumer group
public record PageConfig(String host, int port, boolean orAnyPort, String applicationId) {
  /// This machine only.
  public static final String DEFAULT_HOST = "127.0.0.1";

  /// Where the page is, if nothing else was said.
  public static final int DEFAULT_PORT = 8080;

  /// @throws IllegalArgumentException naming the value and what would do
  public PageConfig {
    Objects.requireNonNull(applicationId);
    if (host.isBlank()) {
      throw new IllegalArgumentException(
          "the page's host is empty: give an address of this machine, such as " + DEFAULT_HOST);
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "the page's port " + port + ": must be 0 to 65535, 0 for any");
    }
  }
}
