package dev.millrace.drill;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// All processes of the pipeline, with the [Links] between them.
final class Pipeline implements AutoCloseable {
  static final String INGEST = "ingest";
  static final String PROCESSOR_1 = "processor-1";
  static final String PROCESSOR_2 = "processor-2";
  static final String SINK = "sink";

  static final List<String> PROCESSORS = List.of(PROCESSOR_1, PROCESSOR_2);

  static final String LOAD_KAFKA = "loadgen-kafka";
  static final String LOAD_HTTP = "loadgen-http";

  /// Senders for the whole time, each by its own way; their services begin with that.
  static final List<String> LOADS = List.of(LOAD_KAFKA, LOAD_HTTP);

  private static final Duration READY_WITHIN = Duration.ofMinutes(3);
  private static final Duration SINK_WAITS_WITHIN = Duration.ofSeconds(30);
  private static final long PAUSE_MS = 50;

  /// How often a part may give up before it could work.
  private static final int FAILED_STARTS = 10;

  /// The load goes on until it is stopped: what breaks may need more than its time.
  private static final Duration FOR_EVER = Duration.ofDays(7);

  private static final Duration LOAD_ENDS_WITHIN = Duration.ofSeconds(90);
  private static final List<String> SERIAL = List.of("-XX:+UseSerialGC", "-Xmx256m");

  private final DrillConfig config;
  private final Consumer<String> news;
  private final Links links;
  private final Brokers brokers;
  private final Database database;
  private final Health health = new Health();
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private final List<Part> loads = new ArrayList<>();
  private final List<SkewedSender> skewed = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private final Map<String, Integer> failedStarts = new HashMap<>();
  private final List<String> failures = new ArrayList<>();

  /// @param news told of what nobody has asked for, when it happens
  Pipeline(DrillConfig config, Consumer<String> news) throws IOException {
    this.config = config;
    this.news = news;
    links = new Links(config.data(), config.brokers());
    brokers = new Brokers(config, links);
    Optional<SmallDisk> disk =
        config.schedule().breaks(SmallDisk.NAME)
            ? Optional.of(new SmallDisk(config.data().resolve("small-disk")))
            : Optional.empty();
    database =
        config.postgres()
            ? new DatabaseServer(config.data(), disk, links.toDatabase(), links.databasePort())
            : new DatabaseFile(config.data(), disk);
    addParts();
  }

  private void addParts() throws IOException {
    brokers.parts().forEach(broker -> parts.put(broker.name(), broker));
    List<String> edge =
        List.of(
            "-XX:+UseSerialGC", "-Xms96m", "-Xmn48m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError");
    add(INGEST, edge, "ingest listens on http://[^ ]*:(\\d+)", "ingest", "--port", "0");
    for (String processor : PROCESSORS) {
      add(
          processor,
          List.of("-Xmx512m"),
          "metrics and health: (http://\\S+)[\\s\\S]*processor started",
          "processor",
          "--port",
          "0",
          "--state",
          path(processor));
    }
    List<String> sink = new ArrayList<>(List.of("sink", "--no-page", "--port", "0"));
    sink.addAll(database.sinkOptions());
    add(
        SINK,
        SERIAL,
        "metrics and health: (http://\\S+)[\\s\\S]*sink writes to ",
        sink.toArray(String[]::new));
  }

  private void add(String name, List<String> jvm, String ready, String... command)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--bootstrap-server", bootstrap()));
    parts.put(
        name,
        new Part(
            name,
            links.withHosts(name, jvm),
            config.mainClass(),
            arguments,
            Pattern.compile(ready),
            config.data()));
  }

  /// Where Kafka is, for parts and for us.
  String bootstrap() {
    return links.bootstrap();
  }

  /// Where the edge is, for those who send to it.
  URI edge() {
    return URI.create(links.ingest());
  }

  /// How much load there is, events a second.
  double ratePerS() {
    return config.ratePerS();
  }

  /// What the sink writes into.
  Database database() {
    return database;
  }

  private String path(String name) {
    return config.data().resolve(name).toString();
  }

  Part part(String name) {
    return parts.get(name);
  }

  Link linkToKafka(String client) {
    return links.toKafka(client);
  }

  Link link(String name) {
    return links.named(name);
  }

  /// All parts but the load, in the order in which they need each other.
  List<String> parts() {
    return List.copyOf(parts.keySet());
  }

  /// What a fault is to break: the part of that name, or the one that is the controller now.
  String aim(String target) throws InterruptedException {
    return target.equals(Brokers.CONTROLLER) ? brokers.controller() : target;
  }

  /// Starts all but the load, one after the other: each has the machine for itself meanwhile. Of
  /// several brokers none serves before a majority is there.
  void start() throws IOException, InterruptedException {
    database.start();
    for (Part broker : brokers.parts()) {
      broker.start();
    }
    awaitReady();
    brokers.makeTopics();
    for (Part part : parts.values()) {
      if (!part.isWanted()) {
        part.start();
        awaitReady();
      }
      news.accept(part.name() + " is ready");
    }
  }

  /// Waits until all parts that are meant to run can work, and brokers have copied what they
  /// missed.
  ///
  /// @throws DrillException if that takes too long
  void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + READY_WITHIN.toNanos();
    for (Part part : parts.values()) {
      while (part.isWanted() && !isReady(part)) {
        supervise();
        if (System.nanoTime() > deadline) {
          part.dumpThreads();
          throw new DrillException(
              part.name()
                  + " was not ready within "
                  + READY_WITHIN.toSeconds()
                  + " s; its log, with what its threads do: "
                  + part.log());
        }
        Thread.sleep(PAUSE_MS);
      }
    }
    while (!brokers.areInStep()) {
      supervise();
      if (System.nanoTime() > deadline) {
        throw new DrillException(
            "not all replicas were in step within " + READY_WITHIN.toSeconds() + " s");
      }
      Thread.sleep(PAUSE_MS);
    }
    supervise();
  }

  private boolean isReady(Part part) throws IOException, InterruptedException {
    Optional<Matcher> said = part.isAlive() ? part.ready() : Optional.empty();
    if (said.isEmpty() || !PROCESSORS.contains(part.name())) {
      return said.isPresent();
    }
    // One that has started may not have its share of the partitions yet.
    return health.trouble(said.get().group(1)).isEmpty();
  }

  /// Waits until the sink says that it waits for its database. It may have had nothing to write for
  /// a while, or be slow to answer.
  ///
  /// @return whether it has said so in time
  boolean awaitWaitingSink() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SINK_WAITS_WITHIN.toNanos();
    while (!sinkWaits()) {
      supervise();
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(PAUSE_MS);
    }
    return true;
  }

  private boolean sinkWaits() throws IOException, InterruptedException {
    Optional<Matcher> said = part(SINK).ready();
    return said.isPresent()
        && health
            .trouble(said.get().group(1))
            .filter(trouble -> trouble.contains(database.sinkOptions().get(1)))
            .isPresent();
  }

  /// Starts again what has ended by itself, as a supervisor would; and finds out where the edge is.
  /// One that could work is not to end. One that could not yet may give up: Kafka may be away.
  ///
  /// @throws DrillException if it gives up again and again, or a sender has ended by itself
  void supervise() throws IOException {
    for (Part part : parts.values()) {
      if (part.isWanted() && !part.isAlive()) {
        if (part.ready().isPresent()) {
          troubles.add(part.ending());
          news.accept(part.ending());
        } else {
          news.accept("not yet able to work, " + part.ending());
          failures.add(part.ending());
          if (failedStarts.merge(part.name(), 1, Integer::sum) > FAILED_STARTS) {
            throw new DrillException(part.ending());
          }
        }
        part.start();
      }
    }
    for (Part load : loads) {
      // Nothing would be sent any more, or nothing was: the drill would be about nothing.
      boolean isNeeded = LOADS.contains(load.name()) && load.isWanted();
      if (!load.isAlive() && (isNeeded || !Files.exists(ledger(load)))) {
        throw new DrillException(load.ending());
      }
    }
    Optional<Matcher> said =
        parts.get(INGEST).isWanted() ? parts.get(INGEST).ready() : Optional.empty();
    said.ifPresent(ready -> links.leadToIngest(Integer.parseInt(ready.group(1))));
  }

  /// Begins the load, half of it by each way.
  void startLoad() throws IOException {
    double half = config.ratePerS() / 2;
    load(LOAD_KAFKA, LOAD_KAFKA, half, FOR_EVER, List.of());
    load(
        LOAD_HTTP,
        LOAD_HTTP,
        half,
        FOR_EVER,
        List.of(),
        "--target",
        edge().toString(),
        "--http-connections",
        "8",
        "--http-batch",
        "20");
  }

  /// More load, straight into Kafka, of services of its own.
  void extraLoad(String name, double factor, Duration duration, List<String> faults)
      throws IOException {
    load(name + "-" + (loads.size() - 1), LOAD_KAFKA, config.ratePerS() * factor, duration, faults);
  }

  private void load(
      String name,
      String link,
      double rate,
      Duration duration,
      List<String> faults,
      String... target)
      throws IOException {
    Path scenario = config.data().resolve(name + ".yaml");
    String services =
        IntStream.range(0, 4).mapToObj(i -> name + "-" + i).collect(Collectors.joining(", "));
    Files.writeString(
        scenario,
        "services: ["
            + services
            + "]\nroutes: 3\nout-of-order: {share: 2%, by: 800ms}\n"
            + String.join("\n", faults)
            + "\n");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("loadgen", "--scenario", scenario.toString()));
    arguments.addAll(List.of("--rate", Long.toString(Math.round(rate))));
    arguments.addAll(List.of("--duration", duration.toMillis() + "ms"));
    arguments.addAll(List.of("--seed", Long.toString(config.seed() + loads.size())));
    arguments.addAll(List.of("--run", path(name), "--no-e2e", "--bootstrap-server", bootstrap()));
    arguments.addAll(List.of(target));
    Part part =
        new Part(
            name,
            links.withHosts(link, SERIAL),
            config.mainClass(),
            arguments,
            Pattern.compile("sent"),
            config.data());
    part.start();
    loads.add(part);
  }

  /// Has the load end: what is on its way is waited for, and the books are closed.
  void stopLoad() throws InterruptedException {
    for (Part load : loads) {
      if (LOADS.contains(load.name())) {
        load.stop().ifPresent(troubles::add);
      } else {
        awaitLoad(load);
      }
    }
  }

  private static void awaitLoad(Part load) throws InterruptedException {
    if (!load.await(LOAD_ENDS_WITHIN)) {
      throw new DrillException(
          load.name()
              + " did not end within "
              + LOAD_ENDS_WITHIN.toSeconds()
              + " s of its time; its log: "
              + load.log());
    }
  }

  /// Waits for the end of the extra load that came last.
  ///
  /// @return what became of it; nothing if its books have no end
  LedgerTotals awaitExtraLoad() throws IOException, InterruptedException {
    Part load = loads.getLast();
    awaitLoad(load);
    return LedgerFile.read(ledger(load)).totals().orElse(new LedgerTotals(0, 0, 0, 0));
  }

  private Path ledger(Part load) {
    return config.data().resolve(load.name()).resolve("ledger.ndjson");
  }

  /// What all senders say.
  Sent sent() throws IOException {
    Sent sent = new Sent();
    for (Part load : loads) {
      Path unknown = ledger(load).resolveSibling("unknown.txt");
      sent.add(
          load.name(),
          LedgerFile.read(ledger(load)),
          Files.exists(unknown) ? Files.readAllLines(unknown) : List.of());
    }
    skewed.forEach(sender -> sender.tell(sent));
    return sent;
  }

  /// @return whether it ran
  boolean kill(String name) throws InterruptedException {
    return part(name).kill();
  }

  void start(String name) throws IOException {
    part(name).start();
  }

  /// Stops a part as it should be stopped.
  void stop(String name) throws InterruptedException {
    part(name).stop().ifPresent(troubles::add);
  }

  /// What parts did that they should not: ended by themselves, or not as they were told to.
  List<String> troubles() {
    return List.copyOf(troubles);
  }

  /// What parts said that gave up before they could work, and were started again.
  List<String> failures() {
    return List.copyOf(failures);
  }

  /// What all parts hold now that run, those for the load aside.
  Map<String, Usage> usage() throws IOException, InterruptedException {
    Map<String, Usage> usages = new LinkedHashMap<>();
    for (Part part : parts.values()) {
      if (part.isAlive()) {
        part.usage().ifPresent(usage -> usages.put(part.name(), usage));
      }
    }
    return usages;
  }

  void deleteState(String processor) throws IOException {
    Path folder = config.data().resolve(processor);
    if (Files.exists(folder)) {
      deleteTree(folder);
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  void startSkewed(String name, Duration off) {
    SkewedSender sender = new SkewedSender(name + "-" + skewed.size(), bootstrap(), off);
    skewed.add(sender);
    sender.start();
  }

  /// @return how many of its events Kafka has for certain
  long stopSkewed() {
    skewed.getLast().close();
    return skewed.getLast().acknowledged();
  }

  /// Leaves no process behind.
  @Override
  public void close() throws IOException {
    // The end was asked for by an interrupt; this is that end, and is not to be broken off.
    boolean interrupted = Thread.interrupted();
    // The last one first, and each whatever becomes of the others.
    try (database;
        health;
        links;
        brokers) {
      skewed.forEach(SkewedSender::abandon);
      for (Part part : Stream.concat(parts.values().stream(), loads.stream()).toList()) {
        part.kill();
      }
    } catch (InterruptedException e) {
      // What still runs ends with this process, when its input does.
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
