package dev.millrace.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine.Option;

/// Where Kafka is, and how to talk to it.
final class KafkaOptions {
  @Option(
      names = "--bootstrap-server",
      paramLabel = "HOST:PORT[,…]",
      defaultValue = "localhost:9092",
      description = "Kafka's address. Default: ${DEFAULT-VALUE}")
  private String bootstrapServers;

  @Option(
      names = "--kafka",
      paramLabel = "NAME=VALUE",
      description = "A setting of Kafka's clients, as Kafka names it; may be given again.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description = "A properties file of such settings; secrets belong here.")
  private Path file;

  String bootstrapServers() {
    return bootstrapServers;
  }

  /// All settings; those given one by one win over the file's.
  Map<String, String> settings() throws IOException {
    Map<String, String> all = new HashMap<>();
    if (file != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      }
      properties.stringPropertyNames().forEach(name -> all.put(name, properties.getProperty(name)));
    }
    all.putAll(settings);
    if (all.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException(
          "--kafka bootstrap.servers="
              + all.get("bootstrap.servers")
              + ": give the address with --bootstrap-server");
    }
    return all;
  }

  /// The settings, once it is sure that there is a Kafka to talk to.
  ///
  /// @throws UserException with address and cause if there is none
  Map<String, String> reachableSettings() throws IOException {
    Map<String, String> all = settings();
    KafkaProbe.requireReachable(bootstrapServers, all);
    return all;
  }
}
