package dev.millrace.benchmarks;

import java.nio.file.Path;

/// The broker of [StartBench], and what it knows of those that are started.
final class StartBroker implements AutoCloseable {
  private static final int PARTITIONS = 4;

  private final ChildProcess process;
  private final String bootstrapServers;
  private final RequestsTopic requests;

  private StartBroker(ChildProcess process) {
    this.process = process;
    this.bootstrapServers = process.firstLine();
    this.requests = new RequestsTopic(bootstrapServers, PARTITIONS);
  }

  /// Starts one with all topics.
  static StartBroker start(Path folder) {
    StartBroker broker = new StartBroker(BrokerProcess.start(folder));
    broker.requests.create();
    return broker;
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /// How many raw events it has.
  long events() {
    return requests.events();
  }

  /// How many of them a group has done with.
  long committed(String group) {
    return requests.committed(group);
  }

  @Override
  public void close() {
    requests.close();
    process.close();
  }
}
