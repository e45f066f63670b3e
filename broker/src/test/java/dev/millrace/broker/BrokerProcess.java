package dev.millrace.broker;

import java.nio.file.Path;

/// A broker in a process of its own, that a test can kill: prints where it listens, and serves.
final class BrokerProcess {
  private BrokerProcess() {}

  public static void main(String[] args) throws InterruptedException {
    EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(Path.of(args[0]), 0));
    System.out.println(broker.bootstrapServers());
    Thread.currentThread().join();
  }
}
