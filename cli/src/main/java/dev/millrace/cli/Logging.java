package dev.millrace.cli;

import java.nio.file.Path;

/// Settings of slf4j-simple, which reads them when the first logger is made: so these methods come
/// before everything that logs. Those that depend on nothing are in `simplelogger.properties`.
final class Logging {
  private static final String PREFIX = "org.slf4j.simpleLogger.";

  private Logging() {}

  static void configure(boolean verbose) {
    set("defaultLogLevel", verbose ? "info" : "warn");
    if (!verbose) {
      // What these have to say of a healthy run, or of a broker that is away, we say in a sentence.
      set("log.org.apache.kafka", "error");
      set("log.kafka", "error");
      set("log.state.change.logger", "error");
      set("log.org.apache.kafka.clients.NetworkClient", "off");
      set("log.org.apache.kafka.common.telemetry", "off");
    }
  }

  /// From now on to a file, so that a live display stays whole.
  static void toFile(Path file) {
    set("logFile", file.toString());
    set("log.org.apache.kafka", "warn");
    set("log.kafka", "warn");
    // One line for each dead letter or late event; those are counted, and the letters are kept.
    set("log.org.apache.kafka.streams.processor.internals.RecordDeserializer", "error");
    set("log.org.apache.kafka.streams.kstream.internals", "error");
  }

  private static void set(String name, String value) {
    // What the user has set on the JVM's command line holds.
    if (System.getProperty(PREFIX + name) == null || name.startsWith("log.")) {
      System.setProperty(PREFIX + name, value);
    }
  }
}
