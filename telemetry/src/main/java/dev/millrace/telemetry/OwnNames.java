package dev.millrace.telemetry;

import java.util.Locale;

/// By which names a server may be called. A site's owner can point its name at this machine, and
/// its scripts would be let in as ours (DNS rebinding). They cannot do that with an address, nor
/// with `localhost`.
public final class OwnNames {
  private final String host;

  /// @param host as configured: a name in it is one that the server may be called by
  public OwnNames(String host) {
    this.host = host.toLowerCase(Locale.ROOT);
  }

  /// Whether a request means this server.
  ///
  /// @param header its `Host`; null if it has none
  public boolean include(String header) {
    if (header == null) {
      return false;
    }
    String name = header.toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
    return name.equals("localhost")
        || name.equals(host)
        || name.matches("\\d{1,3}(\\.\\d{1,3}){3}")
        || name.matches("\\[[0-9a-f:.]+\\]");
  }
}
