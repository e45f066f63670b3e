package dev.millrace.benchmarks;

import dev.millrace.events.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/// Reads one backlog with each contestant in turn, in a process of its own on the same broker, and
/// measures all of them alike, from outside.
public final class ProcessorBench {
  private static final String NAME = "processor";

  /// For every contestant alike: what a small machine can spare.
  private static final List<String> CONTESTANT_HEAP = List.of("-Xmx2g");

  private static final long SAMPLE_MS = 100;
  private static final long SETTLE_MS = 2_000;
  private static final long STALLED_S = 120;
  private static final long TELL_EVERY_S = 5;
  private static final double FIRST_S = 3;

  private final ProcessorBenchConfig config;
  private final PrintWriter err;
  private final Stop stop;
  private final Path folder;
  private final Map<Long, String> backlogs = new HashMap<>();
  private String bootstrapServers;
  private ChildProcess broker;

  private ProcessorBench(ProcessorBenchConfig config, PrintWriter err, Stop stop, Path folder) {
    this.config = config;
    this.err = err;
    this.stop = stop;
    this.folder = folder;
  }

  /// @param out gets the table
  /// @param err gets a line now and then
  /// @param json where the report for machines goes; null for nowhere
  /// @param stopped whether the user wants no more of it
  /// @return whether everybody's results were right
  /// @throws BenchException if somebody did not come through, or the user stopped it
  /// @throws IOException if the folder or the report cannot be written
  public static boolean run(
      ProcessorBenchConfig config,
      PrintWriter out,
      PrintWriter err,
      Path json,
      BooleanSupplier stopped)
      throws IOException, InterruptedException {
    BenchFolder.requireSpace(config);
    List<Outcome> outcomes;
    try (BenchFolder folder = BenchFolder.create(config.data())) {
      outcomes = new ProcessorBench(config, err, new Stop(stopped), folder.path()).run();
    }
    Report<Outcome> report = Report.of(NAME, outcomes);
    new OutcomeTable(report).print(out);
    report.write(json);
    return outcomes.stream().noneMatch(outcome -> Boolean.FALSE.equals(outcome.correct()));
  }

  private List<Outcome> run() throws IOException, InterruptedException {
    try (ChildProcess running = BrokerProcess.start(folder)) {
      broker = running;
      bootstrapServers = running.firstLine();
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
        makeBacklogs(admin);
        return compete(admin);
      }
    }
  }

  /// The whole one is the contract's topic; who gets fewer events has a topic of his own, which is
  /// as the whole one would have been, had it been that long.
  private void makeBacklogs(Admin admin) throws InterruptedException {
    BenchTopics topics = new BenchTopics(admin, config.partitions());
    topics.create(BenchTopics.OF_MILLRACE);
    Backlog backlog = new Backlog(bootstrapServers, config, stop);
    for (Contestant contestant : config.contestants()) {
      contestant
          .results()
          .filter(BenchTopics::isOurs)
          .ifPresent(name -> topics.create(List.of(name)));
      long events = config.eventsOf(contestant);
      if (backlogs.containsKey(events)) {
        continue;
      }
      String topic =
          events == config.events() ? Topics.REQUESTS : "bench." + Topics.REQUESTS + "." + events;
      if (!topic.equals(Topics.REQUESTS)) {
        topics.create(List.of(topic));
      }
      backlogs.put(events, topic);
      say(String.format(Locale.ROOT, "making %,d events …", events));
      long start = System.nanoTime();
      long bytes = backlog.fill(topic, events);
      say(
          String.format(
              Locale.ROOT,
              "made them in %.0f s; %d bytes each",
              secondsSince(start),
              bytes / events));
    }
  }

  private List<Outcome> compete(Admin admin) throws IOException, InterruptedException {
    Map<Contestant, List<Outcome>> outcomes = new EnumMap<>(Contestant.class);
    for (int round = 1; round <= config.rounds(); round++) {
      for (Contestant contestant : config.contestants()) {
        stop.pause(SETTLE_MS);
        outcomes
            .computeIfAbsent(contestant, first -> new ArrayList<>())
            .add(measure(contestant, round, admin));
      }
    }
    return outcomes.values().stream().map(Outcome::of).toList();
  }

  private Outcome measure(Contestant contestant, int round, Admin admin)
      throws IOException, InterruptedException {
    long events = config.eventsOf(contestant);
    String input = backlogs.get(events);
    String group = "bench-" + contestant.label() + "-" + round;
    Path log = folder.resolve(group + ".log");
    Path state = folder.resolve(group);
    Progress progress = new Progress(admin, group, input, events);
    Timeline timeline = new Timeline(events);
    Outcome outcome;
    try (ResultRows rows = ResultRows.of(contestant, bootstrapServers)) {
      Duration brokerCpu = broker.cpu();
      long start = System.nanoTime();
      try (ChildProcess child =
          ChildProcess.start(
              contestant.label(),
              ContestantProcess.class,
              CONTESTANT_HEAP,
              log,
              ProcessBuilder.Redirect.appendTo(log.toFile()),
              ContestantProcess.args(contestant, bootstrapServers, group, input, events, state))) {
        follow(contestant, round, child, progress, timeline, start);
        Duration cpu = child.cpu();
        Duration ofBroker = broker.cpu().minus(brokerCpu);
        OptionalLong peak = child.peakResidentBytes();
        // While it still runs: some windows are only closed when nothing has come for a while.
        Long counted = rows == null ? null : rows.awaitSum(events, stop);
        outcome = outcome(contestant, timeline, cpu, ofBroker, peak, counted);
      }
    }
    // Makes room for the next one.
    progress.deleteInternalTopics();
    BenchFolder.delete(state);
    return outcome;
  }

  private void follow(
      Contestant contestant,
      int round,
      ChildProcess child,
      Progress progress,
      Timeline timeline,
      long start)
      throws InterruptedException {
    long events = config.eventsOf(contestant);
    double lastMove = 0;
    double lastWord = 0;
    long done = 0;
    Progress.State now;
    do {
      stop.pause(SAMPLE_MS);
      requireAlive(child);
      now = progress.now();
      double seconds = secondsSince(start);
      timeline.add(seconds, now.done());
      lastMove = now.done() == done ? lastMove : seconds;
      done = now.done();
      if (seconds - lastWord >= TELL_EVERY_S) {
        lastWord = seconds;
        say(
            String.format(
                Locale.ROOT,
                "%s: round %d, %d %%",
                contestant.label(),
                round,
                100 * done / events));
      }
      if (seconds - lastMove > STALLED_S) {
        throw new BenchException(
            contestant.label() + " has not moved for " + STALLED_S + " s at " + done + " events");
      }
    } while (!now.finished());
    say(
        String.format(
            Locale.ROOT,
            "%s: round %d, done in %.1f s, %,.0f events/s",
            contestant.label(),
            round,
            timeline.seconds(),
            timeline.eventsPerS()));
  }

  private void requireAlive(ChildProcess child) {
    if (!child.isAlive()) {
      // What ended it may have been meant for this process as well.
      stop.pause(SAMPLE_MS);
      throw child.hasEnded();
    }
  }

  private Outcome outcome(
      Contestant contestant,
      Timeline timeline,
      Duration cpu,
      Duration brokerCpu,
      OptionalLong peak,
      Long counted) {
    long events = config.eventsOf(contestant);
    OptionalDouble steady = timeline.steadyPerS();
    return new Outcome(
        contestant.label(),
        events,
        config.series(),
        timeline.seconds(),
        timeline.eventsPerS(),
        steady.isPresent() ? steady.getAsDouble() : null,
        timeline.doneWithin(FIRST_S),
        cpu.toMillis() * 1_000.0 / events,
        brokerCpu.toMillis() * 1_000.0 / events,
        peak.isPresent() ? peak.getAsLong() : null,
        counted,
        counted == null ? null : counted == events,
        List.of(),
        List.of());
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private void say(String sentence) {
    err.println(sentence);
    err.flush();
  }
}
