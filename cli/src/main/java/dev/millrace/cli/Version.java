package dev.millrace.cli;

/// The version, from the jar's manifest.
final class Version {
  private Version() {}

  static String current() {
    return number() + " on Java " + Runtime.version();
  }

  /// Millrace's alone.
  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
