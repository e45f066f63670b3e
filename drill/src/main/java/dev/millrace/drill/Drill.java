package dev.millrace.drill;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A drill, from the start of all processes to the verdict: load, faults by the schedule, the end
/// of the load, drained, judged.
public final class Drill {
  private static final long TICK_MS = 100;
  private static final long DRAINED_WITHIN_MS = 120_000;

  /// How much longer than its calm a fault may last before the next one comes: a busy machine is no
  /// loss, and the result has how long it took.
  private static final long FLOWS_WITHIN_MS = 180_000;

  private final DrillConfig config;
  private final Progress progress;
  private final BooleanSupplier stopped;
  private final Schedule schedule;
  private final String[] targets;
  private final long[] beginnings;
  private final long[] endings;
  private final long[] effects;
  private final Map<String, List<Usage>> usages = new LinkedHashMap<>();
  private long loadStart;

  /// When the fault ended after which windows have not been seen again yet; 0 if they have.
  private long awaitedSince;

  private Drill(DrillConfig config, PrintWriter err, BooleanSupplier stopped) {
    this.config = config;
    progress = new Progress(err, config.data());
    this.stopped = stopped;
    schedule = config.schedule();
    targets = new String[schedule.steps().size()];
    beginnings = new long[schedule.steps().size()];
    endings = new long[schedule.steps().size()];
    effects = new long[schedule.steps().size()];
  }

  /// Whether this process may mount a file system, which a full disk needs.
  public static boolean mayMount() throws InterruptedException {
    return SmallDisk.isPossible();
  }

  /// Runs a drill.
  ///
  /// @param err progress goes there
  /// @param stopped whether somebody wants the end
  /// @return empty if somebody wanted the end
  /// @throws DrillException if a part does not start, or the load does not end
  public static Optional<DrillResult> run(
      DrillConfig config, PrintWriter err, BooleanSupplier stopped)
      throws IOException, InterruptedException {
    try {
      return new Drill(config, err, stopped).run();
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (stopped.getAsBoolean()) {
        // Ctrl-C is for all processes of a terminal: whatever failed by it is no news.
        return Optional.empty();
      }
      throw e;
    }
  }

  private Optional<DrillResult> run() throws IOException, InterruptedException {
    try (Pipeline pipeline = new Pipeline(config, progress::say)) {
      Thread guard = guard();
      try {
        return run(pipeline);
      } finally {
        guard.interrupt();
        guard.join();
      }
    }
  }

  /// Interrupts whatever this thread waits for, once somebody wants the end.
  private Thread guard() {
    Thread waiting = Thread.currentThread();
    return Thread.ofPlatform()
        .daemon()
        .name("drill-guard")
        .start(() -> {
          try {
            while (!stopped.getAsBoolean()) {
              Thread.sleep(TICK_MS);
            }
            waiting.interrupt();
          } catch (InterruptedException e) {
            // The drill is over.
            return;
          }
        });
  }

  private Optional<DrillResult> run(Pipeline pipeline) throws IOException, InterruptedException {
    progress.say("parts start; their logs are in " + config.data());
    pipeline.start();
    pipeline.startLoad();
    try (FlowWatch flow = new FlowWatch(pipeline.database());
        RetryingSender retrying =
            new RetryingSender(pipeline.edge(), pipeline.part(Pipeline.INGEST)::life)) {
      progress.say("load begins; waiting for the first window, with which the schedule begins");
      // Before that there is nothing to break.
      awaitFlow(pipeline, flow, System.currentTimeMillis());
      loadStart = System.currentTimeMillis();
      progress.begin(loadStart);
      progress.say("the first window is whole");
      breakThings(pipeline, flow);
      pipeline.awaitReady();
      pipeline.stopLoad();
      retrying.finish();
      progress.say("the load has ended; waiting until all of it is in the database");
      look(pipeline);
      // So that the raw topic has an end.
      pipeline.stop(Pipeline.INGEST);
      Sent sent = pipeline.sent();
      retrying.tell(sent);
      RawCount raw = new TopicReader(pipeline.bootstrap()).raw(sent);
      drain(pipeline, raw);
      for (String part : List.of(Pipeline.PROCESSOR_1, Pipeline.PROCESSOR_2, Pipeline.SINK)) {
        pipeline.stop(part);
      }
      progress.say("all parts but the broker have stopped; reading everything again");
      return Optional.of(judge(pipeline, sent, raw, flow.sights()));
    }
  }

  private void breakThings(Pipeline pipeline, FlowWatch flow)
      throws IOException, InterruptedException {
    // In the calm before the first fault, when all have found their size.
    until(pipeline, flow, Schedule.FIRST_MS - 1_000);
    look(pipeline);
    for (int i = 0; i < schedule.steps().size(); i++) {
      Schedule.Step step = schedule.steps().get(i);
      until(pipeline, flow, step.atMs());
      pipeline.awaitReady();
      if (i > 0) {
        awaitFlow(pipeline, flow, endings[i - 1]);
        look(pipeline);
      }
      String target = pipeline.aim(step.target());
      targets[i] = target;
      beginnings[i] = System.currentTimeMillis();
      String broken = step.fault() + (target.isEmpty() ? "" : " of " + target);
      progress.say(broken + " begins");
      Fault fault = Faults.named(step.fault());
      boolean began = fault.begin(pipeline, target);
      if (!fault.isOverOnceBegun()) {
        // From when it is broken: to stop a part takes a while.
        until(pipeline, flow, System.currentTimeMillis() - loadStart + step.forMs());
      }
      long effect = fault.end(pipeline, target);
      effects[i] = began ? effect : 0;
      endings[i] = System.currentTimeMillis();
      progress.say(broken + " ends");
      awaitedSince = endings[i];
    }
    until(pipeline, flow, config.duration().toMillis());
    awaitFlow(pipeline, flow, endings[endings.length - 1]);
  }

  /// Looks at what all parts hold.
  private void look(Pipeline pipeline) throws IOException, InterruptedException {
    pipeline
        .usage()
        .forEach(
            (part, usage) -> usages.computeIfAbsent(part, first -> new ArrayList<>()).add(usage));
  }

  /// Waits until a window that began after a moment is whole, or for as long as that may take: that
  /// none was, the verdict says.
  private void awaitFlow(Pipeline pipeline, FlowWatch flow, long moment)
      throws IOException, InterruptedException {
    long deadline = System.currentTimeMillis() + FLOWS_WITHIN_MS;
    while (System.currentTimeMillis() < deadline
        && flow.sights().stream().noneMatch(sight -> sight.windowStart() >= moment)) {
      tick(pipeline, flow);
    }
    tick(pipeline, flow);
  }

  /// Waits for a moment of the load.
  private void until(Pipeline pipeline, FlowWatch flow, long elapsedMs)
      throws IOException, InterruptedException {
    while (System.currentTimeMillis() - loadStart < elapsedMs) {
      tick(pipeline, flow);
    }
  }

  /// What is to be done all the time, and a little sleep.
  private void tick(Pipeline pipeline, FlowWatch flow) throws IOException, InterruptedException {
    pipeline.supervise();
    List<FlowWatch.Sight> sights = flow.sights();
    if (awaitedSince > 0 && !sights.isEmpty() && sights.getLast().windowStart() >= awaitedSince) {
      progress.say("windows flow again");
      awaitedSince = 0;
    }
    if (progress.isDue()) {
      progress.sayLoad(sights);
    }
    Thread.sleep(TICK_MS);
  }

  /// Waits until every record of the raw topic is where it belongs, or for as long as that may
  /// take: what is missing then, the verdict says.
  private void drain(Pipeline pipeline, RawCount raw) throws IOException, InterruptedException {
    TopicReader topics = new TopicReader(pipeline.bootstrap());
    long aggregated =
        raw.windows().entrySet().stream()
            .filter(window -> window.getKey().size() == WindowSize.SECOND)
            .filter(window -> window.getKey().series().equals(Series.TOTAL))
            .mapToLong(window -> window.getValue().requests())
            .sum();
    long deadline = System.currentTimeMillis() + DRAINED_WITHIN_MS;
    while (true) {
      long there = DatabaseRows.leastTotal(pipeline.database());
      if (there >= aggregated && topics.published().hasAllOf(raw)) {
        return;
      }
      if (progress.isDue()) {
        progress.say(
            String.format(
                Locale.ROOT,
                "%,d of %,d events are in the windows of all sizes",
                there,
                aggregated));
      }
      if (System.currentTimeMillis() > deadline) {
        progress.say("not all of it is there after " + DRAINED_WITHIN_MS / 1_000 + " s");
        return;
      }
      pipeline.supervise();
      Thread.sleep(TICK_MS);
    }
  }

  private DrillResult judge(
      Pipeline pipeline, Sent sent, RawCount raw, List<FlowWatch.Sight> sights)
      throws IOException, InterruptedException {
    TopicReader topics = new TopicReader(pipeline.bootstrap());
    List<String> open = topics.openTransactions();
    Flow flow = new Flow(happened(), sights);
    Evidence evidence =
        new Evidence(
            raw,
            topics.published(),
            DatabaseRows.read(pipeline.database()),
            sent,
            open,
            topics.behind(config.brokers()),
            usages.entrySet().stream()
                .map(part -> new Growth(part.getKey(), part.getValue()))
                .toList(),
            pipeline.troubles(),
            flow);
    Verdict verdict = Verdict.of(evidence);
    List<FaultFigures> figures =
        flow.faults().stream().map(fault -> FaultFigures.of(fault, loadStart, evidence)).toList();
    List<String> smallest =
        verdict.smallest().isPresent()
            ? smallest(verdict.smallest().get(), topics, evidence)
            : List.of();
    return new DrillResult(
        config.seed(),
        config.command(),
        figures,
        pipeline.failures(),
        verdict.checks(),
        smallest,
        verdict.isBalanced(),
        raw.sentAgain(),
        null);
  }

  private List<Flow.Happened> happened() {
    List<Flow.Happened> happened = new ArrayList<>();
    for (int i = 0; i < beginnings.length; i++) {
      happened.add(
          new Flow.Happened(
              schedule.steps().get(i).of(targets[i]),
              beginnings[i],
              endings[i],
              i + 1 < beginnings.length ? beginnings[i + 1] : Long.MAX_VALUE,
              effects[i]));
    }
    return happened;
  }

  /// Looks closely at the smallest window that differs, and leaves all its events beside the logs.
  private List<String> smallest(Cell cell, TopicReader topics, Evidence evidence)
      throws IOException {
    CloseLook look = topics.lookAt(cell);
    Path file = config.data().resolve("smallest.txt");
    Files.write(file, look.events().stream().map(CloseLook.Found::toString).toList());
    List<String> lines =
        new ArrayList<>(
            look.lines(
                evidence.raw().windows().getOrDefault(cell, Counts.NONE),
                evidence.rows().get(cell),
                evidence.sent()));
    lines.add("  All of them are in " + file);
    return lines;
  }
}
