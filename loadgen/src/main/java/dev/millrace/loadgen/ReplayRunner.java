package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Sends a log's lines as events, each at its own time of long ago, as fast as Kafka takes them;
/// while Kafka is away, it waits. Lines that are no event go to the dead letter queue and do not
/// stop the run.
public final class ReplayRunner implements EventSource {
  /// How many of the rejected lines are kept to be shown.
  private static final int REJECTS_SHOWN = 5;

  private final Path log;
  private final LogFormat format;
  private final String service;
  private final String bootstrapServers;
  private final Map<String, String> kafka;
  private final Path ledgerFile;
  private final LoadMetrics metrics = new LoadMetrics();
  private final List<LogLine.Rejected> firstRejects = new ArrayList<>();
  private volatile boolean stopped;
  private volatile LogFormat detected;

  /// @param log the log file, compressed or not
  /// @param format how to read it
  /// @param service whose log it is
  /// @param kafka further producer settings, passed through as they are
  /// @param ledgerFile where the exact counts go
  public ReplayRunner(
      Path log,
      LogFormat format,
      String service,
      String bootstrapServers,
      Map<String, String> kafka,
      Path ledgerFile) {
    this.log = log;
    this.format = format;
    this.service = service;
    this.bootstrapServers = bootstrapServers;
    this.kafka = Map.copyOf(kafka);
    this.ledgerFile = ledgerFile;
  }

  @Override
  public LedgerTotals run() throws IOException {
    // The log first: with a wrong name there is nothing to start a ledger for.
    try (LogReader lines = LogReader.open(log, format, service);
        EventSender sender =
            new EventSender(
                KafkaTarget.patient(bootstrapServers, kafka, () -> stopped),
                metrics,
                () -> stopped)) {
      // It would be waited for as long as for a Kafka that is away.
      sender.awaitReady();
      detected = lines.format();
      try (Ledger ledger = Ledger.create(ledgerFile)) {
        send(lines, sender, ledger);
      }
      return metrics.totals();
    }
  }

  private void send(LogReader lines, EventSender sender, Ledger ledger) throws IOException {
    try {
      sendLines(lines, sender, ledger);
    } finally {
      // Also when the log breaks off: what was sent has its fates in the ledger.
      sender.settle();
      ledger.finish(metrics.totals());
    }
  }

  private void sendLines(LogReader lines, EventSender sender, Ledger ledger) throws IOException {
    for (LogLine line = lines.next(); line != null && !stopped; line = lines.next()) {
      switch (line) {
        case LogLine.Event event -> sender.send(event.event(), event.json(), ledger);
        case LogLine.Rejected rejected -> {
          remember(rejected);
          sender.reject(
              rejected.raw(), rejected.reason(), log.getFileName() + ":" + rejected.number());
        }
      }
    }
  }

  private void remember(LogLine.Rejected rejected) {
    synchronized (firstRejects) {
      if (firstRejects.size() < REJECTS_SHOWN) {
        firstRejects.add(rejected);
      }
    }
  }

  /// The first few lines that were rejected.
  public List<LogLine.Rejected> firstRejects() {
    synchronized (firstRejects) {
      return List.copyOf(firstRejects);
    }
  }

  /// How the log is read, once that is known; before, what was asked for.
  public LogFormat format() {
    return detected == null ? format : detected;
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public LoadMetrics metrics() {
    return metrics;
  }
}
