package dev.millrace.cli;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.DurationStats;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.WindowSummary;
import dev.millrace.ingest.IngestConfig;
import dev.millrace.ingest.IngestServer;
import dev.millrace.loadgen.EventSource;
import dev.millrace.loadgen.Recount;
import dev.millrace.loadgen.SilentSource;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import dev.millrace.sink.PageConfig;
import dev.millrace.sink.PageDatabase;
import dev.millrace.sink.PageServer;
import dev.millrace.sink.SeriesTotals;
import dev.millrace.sink.SinkConfig;
import dev.millrace.sink.SinkRunner;
import dev.millrace.sink.SqliteWindowStore;
import dev.millrace.sink.VerificationReport;
import dev.millrace.sink.Verifier;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/// The whole pipeline in this JVM: broker, topics, processor, sink, HTTP edge if wanted, and an
/// event source, from start to verdict.
final class Demo {
  /// Makes the source of events, once broker and ledger have an address.
  interface SourceFactory {
    /// @param edge where the HTTP edge listens, if there is one
    EventSource create(String bootstrapServers, Optional<URI> edge, Path ledger);
  }

  /// With nothing moving for this long, what is missing is not going to come.
  private static final long PATIENCE_MS = 60_000;

  private static final long TICK_MS = 1_000;
  private static final long SHORT_TICK_MS = 200;
  private static final int SERIES_SHOWN = 3;

  private final DemoFolder folder;
  private final int port;
  private final OptionalInt edgePort;
  private final WindowingConfig windowing;
  private final SourceFactory sources;
  private final Optional<Duration> expected;
  private final Optional<PageConfig> pageConfig;
  private final DemoProgress progress;
  private final Interruption interruption;

  private EmbeddedBroker broker;
  private Optional<URI> edge = Optional.empty();
  private ProcessorRunner processor;
  private SinkRunner sink;
  private Accounts accounts;
  private Optional<PageServer> page = Optional.empty();
  private long maxLag;

  /// What there was before, and what has been sent since.
  private volatile Supplier<OptionalLong> sent = OptionalLong::empty;

  private Optional<IOException> sourceFailure = Optional.empty();

  /// @param port of the broker, 0 for any
  /// @param edgePort of the HTTP edge, 0 for any; empty for no edge
  /// @param windowing of the processor
  /// @param expected how long the source will run, if that is known
  /// @param pageConfig where the page is served; empty for nowhere
  Demo(
      DemoFolder folder,
      int port,
      OptionalInt edgePort,
      WindowingConfig windowing,
      SourceFactory sources,
      Optional<Duration> expected,
      Optional<PageConfig> pageConfig,
      DemoProgress progress,
      Interruption interruption) {
    this.folder = folder;
    this.port = port;
    this.edgePort = edgePort;
    this.windowing = windowing;
    this.sources = sources;
    this.expected = expected;
    this.pageConfig = pageConfig;
    this.progress = progress;
    this.interruption = interruption;
  }

  DemoSummary run() throws IOException, InterruptedException {
    try (EmbeddedBroker running =
        EmbeddedBroker.start(
            new BrokerConfig(folder.broker(), port, BrokerConfig.DEFAULT_HOST, Map.of()))) {
      broker = running;
      createTopics();
      SinkConfig sinkConfig = SinkConfig.of(broker.bootstrapServers());
      try (SqliteWindowStore store = SqliteWindowStore.open(folder.database());
          SinkRunner sinkRunner = new SinkRunner(sinkConfig, store);
          PageDatabase pages = PageDatabase.sqlite(folder.database());
          PageServer served = startPage(sinkConfig, sinkRunner, pages);
          ProcessorRunner processorRunner = new ProcessorRunner(processorConfig());
          IngestServer edgeServer = startEdge();
          Accounts books = new Accounts(broker.bootstrapServers(), folder.database())) {
        if (edgeServer != null) {
          edge = Optional.of(URI.create("http://127.0.0.1:" + edgeServer.port()));
        }
        sink = sinkRunner;
        processor = processorRunner;
        accounts = books;
        sink.start();
        processor.start();
        awaitReady();
        interruption.hold();
        page = Optional.ofNullable(served);
        return load();
      }
    }
  }

  /// Why the source broke off, if it did: a log that is cut short, a ledger that cannot be written.
  Optional<IOException> sourceFailure() {
    return sourceFailure;
  }

  /// @return null if there is to be none
  private IngestServer startEdge() throws IOException {
    return edgePort.isPresent()
        ? IngestServer.start(IngestConfig.of(broker.bootstrapServers(), edgePort.getAsInt()))
        : null;
  }

  /// Before the sink starts, so that its metrics miss nothing that the sink writes.
  ///
  /// @return null if there is to be none
  private PageServer startPage(SinkConfig sinkConfig, SinkRunner of, PageDatabase pages) {
    return pageConfig.isPresent()
        ? PageServer.start(pageConfig.get(), sinkConfig, of, pages, () -> sent.get())
        : null;
  }

  private void createTopics() {
    try (Admin admin = ContractTopics.admin(broker.bootstrapServers(), Map.of())) {
      ContractTopics.create(admin, ContractTopics.DEFAULT_PARTITIONS, Optional.empty());
    }
  }

  private ProcessorConfig processorConfig() {
    ProcessorConfig usual = ProcessorConfig.of(broker.bootstrapServers(), folder.processor());
    return new ProcessorConfig(
        usual.bootstrapServers(),
        usual.applicationId(),
        usual.threads(),
        windowing,
        usual.commitInterval(),
        usual.windowsInMemory(),
        usual.exactlyOnce(),
        usual.stateDir(),
        usual.kafka());
  }

  private void awaitReady() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (!(processor.isRunning() && sink.health().ready())) {
      requireHealthy();
      if (System.nanoTime() > deadline) {
        throw new UserException(
            "not ready after "
                + PATIENCE_MS / 1000
                + " s: the processor is "
                + processor.state()
                + ", the sink "
                + (sink.health().ready() ? "is ready" : sink.health().cause())
                + "; see "
                + folder.log());
      }
      if (interruption.await(SHORT_TICK_MS)) {
        return;
      }
    }
  }

  private DemoSummary load() throws IOException, InterruptedException {
    progress.say(
        "Kafka listens on " + broker.bootstrapServers() + ", data and log are in " + folder.root());
    edge.ifPresent(url -> progress.say("The HTTP edge listens on " + url));
    page.ifPresent(served -> progress.say("The page is at " + served.url()));
    Accounts.Balance before = accounts.balance();
    if (!before.isDrained()) {
      progress.say(
          "Going on where an earlier demo ended: "
              + Units.count(before.missing())
              + " events are not in the database yet.");
      before = drain(Long.MAX_VALUE);
    }
    Path ledger = folder.ledger();
    EventSource source = sources.create(broker.bootstrapServers(), edge, ledger);
    if (source instanceof SilentSource) {
      progress.say("Sends nothing itself; Ctrl-C drains, sums up and ends.");
    }
    long start = System.nanoTime();
    if (!interruption.isAsked()) {
      try {
        tellSent(source, before);
        watch(new SourceRun(source), source, before);
      } catch (IOException e) {
        // What was sent until then is drained and judged all the same.
        sourceFailure = Optional.of(e);
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long arrived = accounts.balance().inKafka();
    boolean silent = source instanceof SilentSource;
    Accounts.Balance after = drain(silent ? arrived : Long.MAX_VALUE);
    progress.end();
    if (silent && !after.isDrained() && after.isDrainedTo(arrived)) {
      progress.say(
          "Somebody still sends, so the ledger cannot balance; as many events as had come by"
              + " Ctrl-C, "
              + Units.count(arrived)
              + ", are accounted for.");
    }
    return silent
        ? summarizeOthers(seconds, after, after.minus(before))
        : summarize(source, ledger, seconds, before, after);
  }

  private void watch(SourceRun run, EventSource source, Accounts.Balance before)
      throws IOException, InterruptedException {
    long sent = sent(source);
    long aggregated = before.aggregated();
    long start = System.nanoTime();
    long ticks = 0;
    try {
      while (!run.await(untilTick(start, ++ticks))) {
        requireHealthy();
        long nowSent = sent(source);
        long nowAggregated = accounts.windows().totalRequests();
        show(ticks, nowSent - sent, nowAggregated - aggregated);
        sent = nowSent;
        aggregated = nowAggregated;
        if (interruption.isAsked()) {
          run.stop();
        }
      }
    } finally {
      run.stop();
    }
  }

  private long sent(EventSource source) {
    return source instanceof SilentSource ? accounts.arrived() : SourceRun.totals(source).sent();
  }

  /// Of what others send, nobody here knows more than what has arrived.
  private void tellSent(EventSource source, Accounts.Balance before) {
    if (!(source instanceof SilentSource)) {
      sent = () -> OptionalLong.of(before.inKafka() + SourceRun.totals(source).sent());
    }
  }

  /// Ticks are counted from the start, so that a slow one is not followed by a shorter second.
  private static long untilTick(long startNanos, long tick) {
    long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    return Math.max(1, tick * TICK_MS - elapsedMs);
  }

  private void show(long second, long sentPerS, long aggregatedPerS) throws InterruptedException {
    long lag = accounts.lag();
    maxLag = Math.max(maxLag, lag);
    double done = expected.isPresent() ? second * 1000.0 / expected.get().toMillis() : -1;
    progress.show(done, second, sentPerS, aggregatedPerS, lag, newestP99());
  }

  private Double newestP99() {
    return accounts
        .windows()
        .newestTotal()
        .map(WindowSummary::durationUs)
        .map(DurationStats::p99)
        .orElse(null);
  }

  /// Waits until every event is accounted for and every row is in the database, or nothing moves
  /// any more.
  ///
  /// @param arrived as many events are enough, because others may come all the time
  private Accounts.Balance drain(long arrived) throws InterruptedException {
    Accounts.Balance balance = accounts.balance();
    long lastMove = System.nanoTime();
    long lastWord = lastMove;
    while (!balance.isDrained() && !balance.isDrainedTo(arrived) && isPatient(lastMove)) {
      requireHealthy();
      Thread.sleep(SHORT_TICK_MS);
      Accounts.Balance now = accounts.balance();
      if (!now.equals(balance)) {
        lastMove = System.nanoTime();
      }
      balance = now;
      if (System.nanoTime() - lastWord > TimeUnit.MILLISECONDS.toNanos(TICK_MS)) {
        lastWord = System.nanoTime();
        progress.say("draining: " + Units.count(balance.missing()) + " events to go");
      }
    }
    lastMove = System.nanoTime();
    while (balance.isDrained() && !accounts.windows().levelsAgree() && isPatient(lastMove)) {
      requireHealthy();
      Thread.sleep(SHORT_TICK_MS);
    }
    // All rows of seconds are there; longer windows may be on their way.
    Map<TopicPartition, Long> ends = accounts.windowEnds();
    Map<TopicPartition, Long> positions = sink.positions();
    lastMove = System.nanoTime();
    while (!sinkHasReached(ends) && isPatient(lastMove)) {
      requireHealthy();
      Thread.sleep(SHORT_TICK_MS);
      if (!sink.positions().equals(positions)) {
        positions = sink.positions();
        lastMove = System.nanoTime();
      }
    }
    return accounts.balance();
  }

  private static boolean isPatient(long sinceNanos) {
    return System.nanoTime() - sinceNanos < TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
  }

  private boolean sinkHasReached(Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> positions = sink.positions();
    return ends.entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }

  private void requireHealthy() {
    Optional<Throwable> failure =
        broker.failure().isDone()
            ? Optional.of(broker.failure().join())
            : processor.failure().or(() -> sink.failure());
    if (failure.isPresent()) {
      throw new UserException(
          "the pipeline has stopped: "
              + Sentences.sentence(failure.get())
              + " (see "
              + folder.log()
              + ")",
          failure.get());
    }
  }

  private DemoSummary summarize(
      EventSource source,
      Path ledger,
      double seconds,
      Accounts.Balance before,
      Accounts.Balance after)
      throws IOException {
    LedgerTotals totals = SourceRun.totals(source);
    Accounts.Balance run = after.minus(before);
    VerificationReport report = Verifier.verify(List.of(truth(ledger)), accounts.windows());
    report.lines().stream().limit(report.agrees() ? 0 : 10).forEach(progress::say);
    boolean arrived =
        run.inKafka() >= totals.acknowledged()
            && run.inKafka() <= totals.acknowledged() + totals.unknown();
    return new DemoSummary(
        totals.sent(),
        totals.acknowledged(),
        totals.failed(),
        totals.unknown(),
        source.metrics().rejects().sent(),
        run.aggregated(),
        run.late(),
        run.deadLettered(),
        accounts.windows().rowCount(),
        seconds > 0 ? totals.acknowledged() / seconds : 0,
        source.metrics().maxBehindNanos() / 1e6,
        maxLag,
        seconds,
        report.differenceCount(),
        totals.isBalanced()
            && arrived
            && after.isDrained()
            && report.agrees()
            // Nothing in and nothing out is an equation too, but not what anybody wants to hear.
            && (totals.acknowledged() > 0 || totals.sent() == 0),
        interruption.isAsked(),
        folder.resumed(),
        lines(accounts.windows().busiest(SERIES_SHOWN)),
        lines(accounts.windows().slowest(SERIES_SHOWN)),
        folder.database().toString(),
        ledger.toString());
  }

  /// Of what others have sent, Kafka alone can tell how much it was; what it was, their ledgers
  /// say.
  private DemoSummary summarizeOthers(
      double seconds, Accounts.Balance after, Accounts.Balance run) {
    return new DemoSummary(
        run.inKafka(),
        run.inKafka(),
        0,
        0,
        0,
        run.aggregated(),
        run.late(),
        run.deadLettered(),
        accounts.windows().rowCount(),
        seconds > 0 ? run.inKafka() / seconds : 0,
        0,
        maxLag,
        seconds,
        0,
        after.isDrained() && accounts.windows().levelsAgree(),
        interruption.isAsked(),
        folder.resumed(),
        lines(accounts.windows().busiest(SERIES_SHOWN)),
        lines(accounts.windows().slowest(SERIES_SHOWN)),
        folder.database().toString(),
        null);
  }

  /// What the rows are compared with. The rows of a folder that is used again are of several runs,
  /// one of which may have been killed with its ledger unfinished: then Kafka's own record of all
  /// events is what tells.
  private LedgerFile truth(Path ledger) throws IOException {
    return folder.resumed() || !ledger.toFile().exists()
        ? Recount.read(broker.bootstrapServers(), Map.of())
        : LedgerFile.read(ledger);
  }

  private static List<DemoSummary.Line> lines(List<SeriesTotals> series) {
    return series.stream()
        .map(totals ->
            new DemoSummary.Line(
                totals.series().service(),
                totals.series().route(),
                totals.requests(),
                totals.durationUs() == null ? null : totals.durationUs().p99()))
        .toList();
  }
}
