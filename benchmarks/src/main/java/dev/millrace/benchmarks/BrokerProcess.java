package dev.millrace.benchmarks;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.List;

/// The broker in a process of its own, so that nobody's garbage is collected at another's expense:
/// prints where it listens, and serves until its input ends.
final class BrokerProcess {
  private static final List<String> HEAP = List.of("-Xms1g", "-Xmx1g");

  private BrokerProcess() {}

  /// Starts one, with its data and its log in a folder. Its first line is its address.
  static ChildProcess start(Path folder) {
    return ChildProcess.start(
        "the broker",
        BrokerProcess.class,
        HEAP,
        folder.resolve("broker.log"),
        ProcessBuilder.Redirect.PIPE,
        folder.resolve("broker").toString());
  }

  public static void main(String[] args) {
    ChildInput.run(end -> {
      try (EmbeddedBroker broker =
          EmbeddedBroker.start(new BrokerConfig(Path.of(args[0]), BrokerConfig.ANY_PORT))) {
        System.out.println(broker.bootstrapServers());
        while (!end.await(Long.MAX_VALUE)) {}
      }
    });
  }
}
