package dev.millrace.drill;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// All processes of the pipeline, and the links between them.
///
/// A broker tells its clients where it is, and all of them the same. So that each part has a link
/// of its own all the same, the broker calls itself `localhost`, and each part's JVM has a file of
/// hosts in which that is another loopback address, at which its link listens.
final class Pipeline implements AutoCloseable {
  static final String BROKER = "broker";
  static final String INGEST = "ingest";
  static final String PROCESSOR_1 = "processor-1";
  static final String PROCESSOR_2 = "processor-2";
  static final String SINK = "sink";

  static final List<String> PROCESSORS = List.of(PROCESSOR_1, PROCESSOR_2);

  private static final String LOAD_KAFKA = "loadgen-kafka";
  private static final String LOAD_HTTP = "loadgen-http";

  /// Senders for the whole time, each by its own way; their services begin with that.
  static final List<String> LOADS = List.of(LOAD_KAFKA, LOAD_HTTP);

  private static final String TO_KAFKA = " → broker";
  private static final String TO_INGEST = LOAD_HTTP + " → ingest";

  /// Parts that are clients of Kafka, each with a link of its own.
  private static final List<String> CLIENTS =
      List.of(INGEST, PROCESSOR_1, PROCESSOR_2, SINK, LOAD_KAFKA);

  /// What lies between two parts.
  static final List<String> LINKS =
      Stream.concat(CLIENTS.stream().map(client -> client + TO_KAFKA), Stream.of(TO_INGEST))
          .toList();

  private static final String HOST = "localhost";
  private static final String LOOPBACK = "127.0.0.1";
  private static final long DELAY_MS = 100;
  private static final int ATTEMPTS = 100;

  // None that the system gives to whoever connects: the broker is to find it free again.
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;

  private static final Duration READY_WITHIN = Duration.ofMinutes(3);
  private static final long PAUSE_MS = 50;

  /// How often a part may give up before it could work.
  private static final int FAILED_STARTS = 10;

  private static final Duration ASK = Duration.ofSeconds(5);

  /// How much longer than it should the load could go on: what breaks may need more than its time.
  private static final Duration SPARE = Duration.ofMinutes(5);

  private static final Duration LOAD_ENDS_WITHIN = Duration.ofSeconds(90);
  private static final List<String> SERIAL = List.of("-XX:+UseSerialGC", "-Xmx256m");

  private final DrillConfig config;
  private final Consumer<String> news;
  private final int brokerPort;
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private final List<Part> loads = new ArrayList<>();
  private final List<SkewedSender> skewed = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private final Map<String, Integer> failedStarts = new HashMap<>();
  private final List<String> failures = new ArrayList<>();
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ASK).build();
  private final int port;
  private DatabaseLock lock;

  /// @param news told of what nobody has asked for, when it happens
  Pipeline(DrillConfig config, Consumer<String> news) throws IOException {
    this.config = config;
    this.news = news;
    brokerPort = freePort();
    InetSocketAddress broker = at(LOOPBACK, brokerPort);
    port = listen(broker);
    Link toIngest = new Link(TO_INGEST, at(LOOPBACK, 0), DELAY_MS);
    links.put(TO_INGEST, toIngest);
    addParts();
  }

  /// Links for all clients at one port, each at an address of its own, and one for the broker
  /// itself and for us.
  private int listen(InetSocketAddress broker) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Map<String, Link> made = new LinkedHashMap<>();
      try {
        Link own = new Link("drill → broker", at(LOOPBACK, 0), DELAY_MS);
        made.put("", own);
        for (int i = 0; i < CLIENTS.size(); i++) {
          String link = CLIENTS.get(i) + TO_KAFKA;
          made.put(link, new Link(link, at(address(i), own.port()), DELAY_MS));
        }
        made.values().forEach(link -> link.leadTo(broker));
        links.putAll(made);
        return own.port();
      } catch (IOException e) {
        for (Link link : made.values()) {
          link.close();
        }
        if (attempt == ATTEMPTS) {
          throw new DrillException(
              "no port is free at all of 127.0.0.1 to "
                  + address(CLIENTS.size() - 1)
                  + ", where a drill listens (as Linux has them): "
                  + e.getMessage(),
              e);
        }
      }
    }
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private static String address(int client) {
    return "127.0.0." + (client + 2);
  }

  private static int freePort() throws IOException {
    for (int attempt = 1; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void addParts() throws IOException {
    add(
        BROKER,
        List.of("-Xmx512m"),
        "Kafka listens on ",
        "broker",
        "--port",
        Integer.toString(brokerPort),
        "--data",
        path("broker"),
        "--kafka",
        "advertised.listeners=PLAINTEXT://" + bootstrap());
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
    add(
        SINK,
        SERIAL,
        "sink writes to ",
        "sink",
        "--database",
        database().toString(),
        "--no-page",
        "--port",
        "0");
  }

  private void add(String name, List<String> jvm, String ready, String... command)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command));
    if (!name.equals(BROKER)) {
      arguments.addAll(List.of("--bootstrap-server", bootstrap()));
    }
    parts.put(
        name,
        new Part(
            name,
            withHosts(name, jvm),
            config.mainClass(),
            arguments,
            Pattern.compile(ready),
            config.data()));
  }

  /// Options with a file of hosts, in which the broker's name leads to the part's own link.
  private List<String> withHosts(String part, List<String> jvm) throws IOException {
    int client = CLIENTS.indexOf(part);
    if (client < 0) {
      return jvm;
    }
    Path hosts = config.data().resolve(part + ".hosts");
    if (!Files.exists(hosts)) {
      // Whoever reads it meanwhile would find it empty.
      Files.writeString(hosts, address(client) + " " + HOST + "\n");
    }
    return Stream.concat(jvm.stream(), Stream.of("-Djdk.net.hosts.file=" + hosts)).toList();
  }

  /// Where Kafka is, for parts and for us.
  String bootstrap() {
    return HOST + ":" + port;
  }

  /// Where the edge is, for those who send to it.
  URI edge() {
    return URI.create("http://" + LOOPBACK + ":" + links.get(TO_INGEST).port());
  }

  Path database() {
    return config.data().resolve("windows.db");
  }

  private String path(String name) {
    return config.data().resolve(name).toString();
  }

  Part part(String name) {
    return parts.get(name);
  }

  Link link(String name) {
    return links.get(name);
  }

  /// Starts all but the load, one after the other: each has the machine for itself meanwhile.
  void start() throws IOException, InterruptedException {
    for (Part part : parts.values()) {
      part.start();
      awaitReady();
      news.accept(part.name() + " is ready");
    }
  }

  /// Waits until all parts that are meant to run can work.
  ///
  /// @throws DrillException if that takes too long
  void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + READY_WITHIN.toNanos();
    for (Part part : parts.values()) {
      while (part.isWanted() && !isReady(part)) {
        supervise();
        if (System.nanoTime() > deadline) {
          throw new DrillException(
              part.name()
                  + " was not ready within "
                  + READY_WITHIN.toSeconds()
                  + " s; its log: "
                  + part.log());
        }
        Thread.sleep(PAUSE_MS);
      }
    }
    supervise();
  }

  private boolean isReady(Part part) throws IOException, InterruptedException {
    Optional<Matcher> said = part.isAlive() ? part.ready() : Optional.empty();
    if (said.isEmpty() || !PROCESSORS.contains(part.name())) {
      return said.isPresent();
    }
    // One that has started may not have its share of the partitions yet.
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create(said.get().group(1)).resolve("/health/ready"))
            .timeout(ASK)
            .build();
    try {
      return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      // It stands still, or has ended.
      return false;
    }
  }

  /// Starts again what has ended by itself, as a supervisor would; and finds out where the edge is.
  /// One that could work is not to end. One that could not yet may give up: Kafka may be away.
  ///
  /// @throws DrillException if it gives up again and again
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
      // It has sent nothing, and the drill would be about nothing.
      if (!load.isAlive() && !Files.exists(ledger(load))) {
        throw new DrillException(load.ending());
      }
    }
    Optional<Matcher> said =
        parts.get(INGEST).isWanted() ? parts.get(INGEST).ready() : Optional.empty();
    if (said.isPresent()) {
      leadToIngest(said.get());
    }
  }

  private void leadToIngest(Matcher said) {
    links.get(TO_INGEST).leadTo(at(LOOPBACK, Integer.parseInt(said.group(1))));
  }

  /// Begins the load, half of it by each way.
  void startLoad() throws IOException {
    Duration duration = config.duration().plus(SPARE);
    double half = config.ratePerS() / 2;
    load(LOAD_KAFKA, LOAD_KAFKA, half, duration, List.of());
    load(
        LOAD_HTTP,
        LOAD_HTTP,
        half,
        duration,
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
            withHosts(link, SERIAL),
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
        usages.put(part.name(), part.usage());
      }
    }
    return usages;
  }

  /// @return how many bytes there were
  long deleteState(String processor) throws IOException {
    Path folder = config.data().resolve(processor);
    return Files.exists(folder) ? deleteTree(folder) : 0;
  }

  private static long deleteTree(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        bytes += Files.isRegularFile(path) ? Files.size(path) : 0;
        Files.delete(path);
      }
    }
    return bytes;
  }

  void lockDatabase() {
    lock = DatabaseLock.take(database());
  }

  void unlockDatabase() {
    lock.close();
    lock = null;
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
    try {
      for (Part part : Stream.concat(parts.values().stream(), loads.stream()).toList()) {
        part.kill();
      }
      if (lock != null) {
        unlockDatabase();
      }
    } catch (InterruptedException e) {
      // What still runs ends with this process, when its input does.
      interrupted = true;
    } finally {
      skewed.forEach(SkewedSender::abandon);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      for (Link link : links.values()) {
        link.close();
      }
      http.close();
    }
  }
}
