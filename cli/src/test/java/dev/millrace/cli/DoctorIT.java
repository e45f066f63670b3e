package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the doctor finds on a real broker, on which one thing after the other is made wrong.
class DoctorIT {
  private static final String GROUP = "millrace";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private EmbeddedBroker broker;
  private Admin admin;
  private Cluster cluster;

  @BeforeEach
  void start() {
    // Nothing ends a transaction that its producer has left open.
    start(Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "3600000"));
  }

  private void start(Map<String, String> settings) {
    broker =
        EmbeddedBroker.start(
            new BrokerConfig(folder.resolve("broker"), 0, BrokerConfig.DEFAULT_HOST, settings));
    admin = ContractTopics.admin(broker.bootstrapServers(), Map.of());
    ContractTopics.create(admin, 2, Optional.empty());
    reopen();
  }

  /// What was asked is kept: another one asks again.
  private void reopen() {
    if (cluster != null) {
      cluster.close();
    }
    cluster = new Cluster(broker.bootstrapServers(), Map.of(), GROUP, PATIENCE);
  }

  @AfterEach
  void stop() {
    cluster.close();
    admin.close();
    broker.close();
  }

  private static Map<Finding.Level, List<String>> run(DoctorCheck check) throws Exception {
    Findings findings = new Findings();
    check.run(findings.of(check.name()));
    return findings.all().stream()
        .collect(
            Collectors.groupingBy(
                Finding::level,
                Collectors.mapping(
                    finding -> finding.text() + " → " + finding.remedy(), Collectors.toList())));
  }

  private static void assertFinds(DoctorCheck check, Finding.Level level, String... parts)
      throws Exception {
    Map<Finding.Level, List<String>> found = run(check);
    String texts = String.join("\n", found.getOrDefault(level, List.of("nothing: " + found)));
    for (String part : parts) {
      assertTrue(texts.contains(part), part + " in\n" + texts);
    }
  }

  private static void assertAllOk(DoctorCheck check) throws Exception {
    assertEquals(List.of(Finding.Level.OK), List.copyOf(run(check).keySet()), check.name());
  }

  private void alter(String topic, String name, String value) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Collection<AlterConfigOp> change =
        List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
    admin.incrementalAlterConfigs(Map.of(resource, change)).all().get();
    // The broker hears of it a moment later.
    until(() ->
        admin
            .describeConfigs(List.of(resource))
            .all()
            .get()
            .get(resource)
            .get(name)
            .value()
            .equals(value));
    reopen();
  }

  private interface Condition {
    boolean holds() throws InterruptedException, ExecutionException;
  }

  private static void until(Condition condition) throws InterruptedException, ExecutionException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadline, "did not come to be");
      Thread.onSpinWait();
    }
  }

  @Test
  void aFreshClusterHasOneCopyOfEverythingAndNoOtherFault() throws Exception {
    assertAllOk(new BrokerCheck(cluster));
    assertAllOk(new ClockCheck(cluster, Clock.systemUTC()));
    assertAllOk(new TopicsCheck(cluster));
    assertFinds(
        new ReplicationCheck(cluster), Finding.Level.WARNING, "one copy only of", "requests.dlq");
    assertAllOk(new RetentionCheck(cluster));
    assertAllOk(new SizeCheck(cluster));
    assertAllOk(new CompressionCheck(cluster));
    assertTrue(run(new LogDirsCheck(cluster)).toString().contains("GiB left"));
    assertAllOk(new TransactionsCheck(cluster, System.currentTimeMillis(), 1));
  }

  @Test
  void anotherClockIsSeen() throws Exception {
    Clock here = Clock.systemUTC();
    assertFinds(
        new ClockCheck(cluster, Clock.offset(here, Duration.ofMinutes(-1))),
        Finding.Level.PROBLEM,
        "ahead of this machine's");
    assertFinds(
        new ClockCheck(cluster, Clock.offset(here, Duration.ofSeconds(5))),
        Finding.Level.WARNING,
        "behind this machine's");
  }

  @Test
  void topicsThatAreMissingOrDoNotFitAreSeen() throws Exception {
    admin.deleteTopics(List.of(Topics.LATE)).all().get();
    until(() -> !admin.listTopics().names().get().contains(Topics.LATE));
    admin
        .createTopics(List.of(new NewTopic("millrace-partials-v1-repartition", 3, (short) 1)))
        .all()
        .get();
    until(() -> admin.listTopics().names().get().contains("millrace-partials-v1-repartition"));
    assertFinds(
        new TopicsCheck(cluster),
        Finding.Level.PROBLEM,
        "missing topics (or this user may not see them): windows.late",
        "millrace-partials-v1-repartition has 3 partitions, requests has 2");
  }

  @Test
  void aBrokerThatDoesNotAnswerIsNamed() throws Exception {
    List<Node> nodes = new ArrayList<>(admin.describeCluster().nodes().get());
    nodes.add(new Node(77, "gone", 9092));
    Findings findings = new Findings().of("broker");
    new BrokerCheck(cluster).answers(findings, nodes);
    assertEquals(
        List.of(
            "part of the cluster, and does not answer: gone:9092 (broker 77)",
            "1 broker answers: " + broker.bootstrapServers()),
        findings.all().stream().map(Finding::text).toList());
    assertEquals(1, findings.count(Finding.Level.PROBLEM));
  }

  @Test
  void withoutTopicsNothingIsSaidOfThem() throws Exception {
    ContractTopics.delete(admin);
    until(() -> admin.listTopics().names().get().isEmpty());
    for (DoctorCheck check :
        List.of(
            new ReplicationCheck(cluster),
            new RetentionCheck(cluster),
            new SizeCheck(cluster),
            new CompressionCheck(cluster),
            new TransactionsCheck(cluster, System.currentTimeMillis(), 1))) {
      NoAnswerException e = assertThrows(NoAnswerException.class, () -> run(check), check.name());
      assertEquals(
          "not checked: none of the topics is there, or this user may see none", e.getMessage());
    }
  }

  @Test
  void fewerReplicasThanNeededAreSeen() throws Exception {
    alter(Topics.REQUESTS, "min.insync.replicas", "2");
    assertFinds(
        new ReplicationCheck(cluster),
        Finding.Level.PROBLEM,
        "fewer replicas in sync than min.insync.replicas",
        "requests-0, requests-1");
  }

  @Test
  void settingsThatForgetOrRefuseRecordsAreSeen() throws Exception {
    alter(Topics.DEAD_LETTERS, "retention.ms", "604800000");
    assertFinds(
        new RetentionCheck(cluster),
        Finding.Level.OK,
        "all is kept, whatever time it has, but for dead letters, which are kept for 7 d");
    alter(Topics.WINDOWS_1S, "retention.ms", "604800000");
    alter(Topics.REQUESTS, "message.timestamp.after.max.ms", "3600000");
    alter(Topics.WINDOWS_1M, "cleanup.policy", "compact");
    alter(Topics.REQUESTS, "retention.bytes", "1048576");
    alter(Topics.DEAD_LETTERS, "retention.bytes", "0");
    assertFinds(
        new RetentionCheck(cluster),
        Finding.Level.WARNING,
        "windows.1s (7 d)",
        "kept by size: requests (1,048,576 bytes a partition), requests.dlq (0 bytes a partition).",
        "refuses some times on requests");
    assertFinds(
        new RetentionCheck(cluster),
        Finding.Level.PROBLEM,
        "cleanup.policy of windows.1m has compact");
  }

  @Test
  void limitsBelowOurRecordsAreSeen() throws Exception {
    alter(Topics.REQUESTS, "max.message.bytes", "100000");
    assertFinds(
        new SizeCheck(cluster), Finding.Level.WARNING, "requests takes batches of 100,000 bytes");
    alter(Topics.REQUESTS, "max.message.bytes", "10000");
    alter(Topics.DEAD_LETTERS, "max.message.bytes", "1048588");
    alter(Topics.WINDOWS_10S, "max.message.bytes", "20000");
    assertFinds(
        new SizeCheck(cluster),
        Finding.Level.PROBLEM,
        "requests takes 10,000 bytes at most",
        "requests.dlq takes 1,048,588 bytes at most",
        "kafka-configs.sh --bootstrap-server " + broker.bootstrapServers() + " --alter",
        "--entity-name requests.dlq --add-config max.message.bytes=4194304",
        "are taken by windows.10s");
  }

  @Test
  void aBrokerThatRecompressesIsSeen() throws Exception {
    alter(Topics.REQUESTS, "compression.type", "gzip");
    alter(Topics.WINDOWS_1S, "compression.type", "lz4");
    assertFinds(
        new CompressionCheck(cluster), Finding.Level.WARNING, "packs it anew for requests (gzip),");
  }

  @Test
  void groupsThatDoNotReadAreSeen() throws Exception {
    assertFinds(
        groups(3, () -> {}),
        Finding.Level.WARNING,
        "no processor has ever read",
        "no sink has ever read",
        "have 3 threads, and requests has 2 partitions");
    GroupsCheck stuck = groups(1, () -> {});
    try (KafkaConsumer<byte[], byte[]> reader = reader()) {
      assertFinds(stuck, Finding.Level.OK, "(group millrace) is Stable with 1 member, 0 records");
      send(Topics.REQUESTS, 20_001);
      // It has joined, and commits nothing.
      assertFinds(
          stuck,
          Finding.Level.PROBLEM,
          "20,001 records behind (partitions where nothing is committed, counted from their beginning: 2), and in 7 seconds 0 were read",
          "/health/ready on its port (8082 unless given)");
      commit(reader, 1);
      assertFinds(stuck, Finding.Level.PROBLEM, "19,999 records behind, and in 7 seconds 0 were");
    }
    until(() ->
        admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP).members().isEmpty());
    assertFinds(stuck, Finding.Level.PROBLEM, "is Empty with 0 members, 19,999 records behind");
  }

  @Test
  void whoCommitsEveryFiveSecondsIsNotCalledStuck() throws Exception {
    try (KafkaConsumer<byte[], byte[]> reader = reader()) {
      send(Topics.REQUESTS, 20_002);
      AtomicInteger seconds = new AtomicInteger();
      assertFinds(
          groups(
              1,
              () -> {
                if (seconds.incrementAndGet() == 5) {
                  commit(reader, 5_000);
                }
              }),
          Finding.Level.OK,
          "and in 5 seconds 10,000 were read and 0 came: it catches up");
      assertFinds(
          groups(
              1,
              () -> {
                int second = seconds.incrementAndGet();
                send(Topics.REQUESTS, 1_000);
                commit(reader, 5_000 + second);
              }),
          Finding.Level.WARNING,
          "and in 7 seconds ",
          " were read and 7,000 came: it does not catch up");
    }
  }

  @Test
  void whatIsBehindIsCountedFromWhatIsStillThereAndInAllThatIsRead() throws Exception {
    String sums = GROUP + "-partials-v1-repartition";
    admin.createTopics(List.of(new NewTopic(sums, 2, (short) 1))).all().get();
    until(() -> admin.listTopics().names().get().contains(sums));
    send(Topics.REQUESTS, 100);
    send(sums, 300);
    for (int partition = 0; partition < 2; partition++) {
      TopicPartition requests = new TopicPartition(Topics.REQUESTS, partition);
      long end =
          admin
              .listOffsets(Map.of(requests, OffsetSpec.latest()))
              .all()
              .get()
              .get(requests)
              .offset();
      admin.deleteRecords(Map.of(requests, RecordsToDelete.beforeOffset(end))).all().get();
    }
    reopen();
    try (KafkaConsumer<byte[], byte[]> _ = reader()) {
      assertFinds(
          groups(1, () -> {}),
          Finding.Level.OK,
          "300 records behind (partitions where nothing is committed, counted from their beginning: 2)");
    }
  }

  @Test
  void withoutItsTopicsAGroupIsNotCheckedAndNotCalledFine() throws Exception {
    try (KafkaConsumer<byte[], byte[]> _ = reader()) {
      ContractTopics.delete(admin);
      until(() -> admin.listTopics().names().get().isEmpty());
      assertFinds(
          groups(1, () -> {}),
          Finding.Level.UNKNOWN,
          "the processor (group millrace) not checked: the topics that it reads are not there");
    }
  }

  private GroupsCheck groups(int threads, GroupsCheck.Pause pause) {
    return new GroupsCheck(cluster, GROUP, "millrace-sink", OptionalInt.of(threads), pause);
  }

  /// One that has joined the processor's group, and has all of requests.
  private KafkaConsumer<byte[], byte[]> reader() throws Exception {
    KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "group.id",
                GROUP,
                "enable.auto.commit",
                "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    reader.subscribe(List.of(Topics.REQUESTS));
    until(() -> {
      reader.poll(Duration.ofMillis(20));
      return reader.assignment().size() == 2;
    });
    return reader;
  }

  private static void commit(KafkaConsumer<byte[], byte[]> reader, long offset) {
    reader.commitSync(
        reader.assignment().stream()
            .collect(Collectors.toMap(partition -> partition, _ -> new OffsetAndMetadata(offset))));
  }

  private void send(String topic, int events) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < events; i++) {
        var _ = producer.send(new ProducerRecord<>(topic, i % 2, null, new byte[] {'x'}));
      }
    }
  }

  @Test
  void aTransactionThatDoesNotEndIsSeen() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "transactional.id",
                "forgetful",
                "transaction.timeout.ms",
                "1000"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      var _ = producer.send(new ProducerRecord<>(Topics.REQUESTS, 1, null, new byte[] {'x'}));
      producer.flush();
      assertAllOk(new TransactionsCheck(cluster, System.currentTimeMillis(), 1));
      // A minute later, as the doctor's clock has it.
      assertFinds(
          new TransactionsCheck(cluster, System.currentTimeMillis() + 60_000, 1),
          Finding.Level.PROBLEM,
          "the transaction of forgetful is open for 6",
          "and its timeout is 1 s: nobody reads past it in requests-1",
          "kafka-transactions.sh --bootstrap-server "
              + broker.bootstrapServers()
              + " forceTerminateTransaction --transactionalId forgetful");
      producer.abortTransaction();
    }
  }

  @Test
  void whatMayNotBeAskedIsSaidAndIsNoProblem() throws Exception {
    stop();
    start(Map.of("authorizer.class.name", ClusterUnseen.class.getName()));
    StringWriter out = new StringWriter();
    assertEquals(0, doctor(out), out.toString());
    assertTrue(out.toString().contains("unknown  clock "), out.toString());
    assertTrue(out.toString().contains("unknown  broker disk "), out.toString());
    assertTrue(out.toString().contains("not checked, this user may not ask"), out.toString());
    assertTrue(out.toString().contains("ok       topics "), out.toString());
  }

  @Test
  void timeIsBounded() {
    try (Cluster hurried =
        new Cluster(broker.bootstrapServers(), Map.of(), GROUP, Duration.ofNanos(1))) {
      NoAnswerException e =
          assertThrows(NoAnswerException.class, () -> new BrokerCheck(hurried).run(new Findings()));
      assertEquals("not checked: no time is left (--timeout)", e.getMessage());
    }
  }

  @Test
  void theCommandExitsWith1IfThereIsAProblemAndOnlyThen() throws Exception {
    StringWriter good = new StringWriter();
    int code = doctor(good, "--json", "--max-connections", "1");
    assertEquals(0, code, good.toString());
    assertTrue(good.toString().startsWith("{\"problems\":0,"), good.toString());
    alter(Topics.DEAD_LETTERS, "max.message.bytes", "1048588");
    StringWriter bad = new StringWriter();
    assertEquals(1, doctor(bad), bad.toString());
    assertTrue(bad.toString().contains("problem  sizes "), bad.toString());
    assertTrue(bad.toString().contains("1 problem,"), bad.toString());
  }

  @Test
  void aJvmThatWasGivenACacheInVainSaysSo() throws Exception {
    Path cache = folder.resolve("no.aot");
    Process doctor =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:AOTCache=" + cache,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "doctor",
                "--bootstrap-server",
                "127.0.0.1:1")
            .redirectErrorStream(true)
            .start();
    String said = new String(doctor.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, doctor.waitFor(), said);
    assertTrue(said.contains("does not use the AOT cache " + cache), said);
  }

  private int doctor(StringWriter out, String... more) {
    List<String> args = new ArrayList<>(List.of("doctor"));
    args.addAll(
        List.of(
            "--bootstrap-server",
            broker.bootstrapServers(),
            "--state",
            folder.toString(),
            "--database",
            folder.resolve("x.db").toString()));
    args.addAll(List.of(more));
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(out, true), args.toArray(String[]::new));
  }
}
