package dev.millrace.telemetry;

/// How a service is.
///
/// @param ok whether all is well
/// @param cause why not, as a sentence; empty if all is well
public record Health(boolean ok, String cause) {
  /// All is well.
  public static final Health OK = new Health(true, "");

  /// Something is not.
  public static Health failing(String cause) {
    return new Health(false, cause);
  }

  /// What a probe is answered with: `ok` or the cause.
  public String text() {
    return ok ? "ok" : cause;
  }
}
