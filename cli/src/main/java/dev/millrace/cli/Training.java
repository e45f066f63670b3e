package dev.millrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A short run through all that runs in production, in one JVM, for an AOT cache to be made from.
/// `demo` does as much where there is an embedded broker; this is for a class path without one.
public final class Training {
  private static final long PATIENCE_NS = Duration.ofSeconds(60).toNanos();
  private static final long TICK_MS = 50;

  private final List<String> kafka;
  private final Path folder;

  private Training(String bootstrapServers, Path folder) {
    this.kafka = List.of("--bootstrap-server", bootstrapServers);
    this.folder = folder;
  }

  /// Exits with 0 if everything did what it is to do; what it was trained on otherwise would be a
  /// failure.
  ///
  /// @param args address of a Kafka without Millrace's topics, and a new folder
  public static void main(String[] args) {
    int code = 1;
    try {
      new Training(args[0], Path.of(args[1])).run();
      code = 0;
    } catch (IOException | RuntimeException e) {
      System.err.println("training: " + e.getMessage());
    } catch (InterruptedException e) {
      System.err.println("training: interrupted");
    }
    // The services run on until here.
    System.exit(code);
  }

  private void run() throws IOException, InterruptedException {
    String database = folder.resolve("windows.db").toString();
    String ledger = folder.resolve("ledger.ndjson").toString();
    String straight = folder.resolve("straight").toString();
    runWell("--help");
    runWell(with("topics", "create"));
    Service edge = start(with("ingest", "--port", "0"));
    start(with("processor", "--state", folder.resolve("processor").toString()))
        .await("processor started");
    start(with("sink", "--database", database, "--port", "0")).await("sink writes to");
    String url = edge.await("ingest listens on ").replaceFirst(";.*", "");
    get(url + "/health/ready");
    get(url + "/metrics");
    runWell(
        "loadgen",
        "--target",
        url,
        "--rate",
        "5k",
        "--duration",
        "3s",
        "--ledger",
        ledger,
        "--run",
        folder.resolve("http").toString());
    awaitWell("verify", ledger, "--database", database);
    runWell(with("loadgen", "--rate", "5k", "--duration", "1s", "--run", straight));
    runWell("report", straight);
    runWell(with("tail", "--once"));
    runWell("query", "SELECT * FROM slowest_routes", "--database", database);
    runWell("percentiles", "--from", "-1h", "--by", "service", "--database", database);
  }

  private String[] with(String... command) {
    List<String> all = new ArrayList<>();
    Collections.addAll(all, command);
    all.addAll(kafka);
    return all.toArray(String[]::new);
  }

  /// Starts a command that runs until the end.
  private static Service start(String... command) {
    Service service = new Service(command);
    Thread.ofPlatform().daemon().name(command[0]).start(service);
    return service;
  }

  private static void runWell(String... command) {
    StringWriter output = new StringWriter();
    int code = Main.run(new PrintWriter(output, true), new PrintWriter(output, true), command);
    if (code != 0) {
      throw new UserException(String.join(" ", command) + ": exit code " + code + "\n" + output);
    }
  }

  /// Runs a command again until it succeeds.
  private static void awaitWell(String... command) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NS;
    while (true) {
      try {
        runWell(command);
        return;
      } catch (UserException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(TICK_MS);
      }
    }
  }

  private static void get(String url) throws IOException {
    try (InputStream answer = URI.create(url).toURL().openStream()) {
      answer.readAllBytes();
    }
  }

  /// A command with its output.
  private static final class Service implements Runnable {
    private final String[] command;
    private final StringWriter output = new StringWriter();
    private volatile boolean ended;

    Service(String... command) {
      this.command = command;
    }

    @Override
    public void run() {
      PrintWriter out = new PrintWriter(output, true);
      Main.run(out, out, command);
      ended = true;
    }

    /// Waits for a text.
    ///
    /// @return what follows it on its line
    String await(String text) throws InterruptedException {
      long deadline = System.nanoTime() + PATIENCE_NS;
      while (true) {
        boolean last = ended || System.nanoTime() > deadline;
        String said = output.toString();
        int at = said.indexOf(text);
        int end = said.indexOf('\n', at);
        if (at >= 0 && end >= 0) {
          return said.substring(at + text.length(), end).strip();
        }
        if (last) {
          throw new UserException(
              String.join(" ", command) + ": did not say '" + text + "'\n" + said);
        }
        Thread.sleep(TICK_MS);
      }
    }
  }
}
