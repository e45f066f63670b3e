package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the doctor finds without a broker.
class LocalChecksTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path folder;

  private static List<Finding> run(DoctorCheck check) throws Exception {
    Findings findings = new Findings();
    check.run(findings.of(check.name()));
    return findings.all();
  }

  private static void assertFinds(DoctorCheck check, Finding.Level level, String part)
      throws Exception {
    List<Finding> found = run(check);
    assertTrue(
        found.stream()
            .anyMatch(finding ->
                finding.level() == level
                    && (finding.text() + " → " + finding.remedy()).contains(part)),
        level + " with '" + part + "' in " + found);
  }

  @ParameterizedTest
  @CsvSource({
    "acks=1, PROBLEM, acks=1: what was acknowledged may be lost",
    "producer.acks=0, PROBLEM, acks=0",
    "enable.idempotence=false, PROBLEM, counted twice",
    "batch.size=1000, WARNING, many small batches",
    "batch.size=many, PROBLEM, batch.size=many is no number",
    "linger.ms=0, WARNING, do not wait for company",
    "max.request.size=1000, WARNING, refused by the client",
    "compression.type=none, WARNING, several times as many bytes",
    "compression.lz4.level=1, WARNING, slow compressor",
    "consumer.isolation.level=read_uncommitted, PROBLEM, taken back",
    "compression.lz4.level=9, OK, lose nothing",
    "acks=-1, OK, lose nothing"
  })
  void settingsThatLoseRecordsOrSpeedAreNamed(String setting, Finding.Level level, String part)
      throws Exception {
    String[] parts = setting.split("=", 2);
    assertFinds(new ClientSettingsCheck(Map.of(parts[0], parts[1])), level, part);
  }

  @Test
  void aSettingWithAPrefixIsJudgedBesideTheOneWithoutIt() throws Exception {
    assertFinds(
        new ClientSettingsCheck(
            Map.of("acks", "all", "producer.acks", "1", "main.producer.acks", "-1")),
        Finding.Level.PROBLEM,
        "producer.acks=1: what was acknowledged may be lost");
    assertFinds(
        new ClientSettingsCheck(Map.of("acks", "0", "producer.acks", "all")),
        Finding.Level.PROBLEM,
        "acks=0: what was acknowledged may be lost");
  }

  @Test
  void noSettingsAreFine() throws Exception {
    assertFinds(new ClientSettingsCheck(Map.of()), Finding.Level.OK, "ours are in force");
  }

  @Test
  void tooFewDescriptorsAreAProblemWithTheNumberThatWouldDo() throws Exception {
    assertFinds(new DescriptorCheck(1_024, 5_000), Finding.Level.PROBLEM, "ulimit -n 5200");
    assertFinds(new DescriptorCheck(5_200, 5_000), Finding.Level.OK, "5,200");
    assertFinds(new DescriptorCheck(-1, 5_000), Finding.Level.UNKNOWN, "does not tell");
    long here =
        Files.readAllLines(Path.of("/proc/self/limits")).stream()
            .filter(line -> line.startsWith("Max open files"))
            .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[3]))
            .findAny()
            .orElseThrow();
    assertEquals(here, DescriptorCheck.here(1).limit());
  }

  @Test
  void aHeapThatDoesNotFitIsAProblem() throws Exception {
    OptionalInt usual = OptionalInt.empty();
    assertFinds(new HeapCheck(4 * GIB, 4 * GIB, usual), Finding.Level.PROBLEM, "-Xmx3072m");
    assertFinds(new HeapCheck(GIB, 4 * GIB, usual), Finding.Level.OK, "1,024 MiB of 4,096 MiB");
    assertFinds(
        new HeapCheck(GIB, 4 * GIB, OptionalInt.of(1_000_000)),
        Finding.Level.PROBLEM,
        "at most 131,072");
  }

  @Test
  void aFullDiskIsAProblem() {
    Findings findings = new Findings().of("disk");
    DiskCheck.judge(findings, "one", 100 * GIB, GIB / 4, "it stops");
    DiskCheck.judge(findings, "two", 100 * GIB, 9 * GIB, "it stops");
    DiskCheck.judge(findings, "three", 10 * GIB, 4 * GIB, "it stops");
    DiskCheck.judge(findings, "four", 4_000 * GIB, 49 * GIB, "it stops");
    DiskCheck.judge(findings, "five", 4_000 * GIB, 51 * GIB, "it stops");
    assertEquals(
        List.of(
            Finding.Level.PROBLEM,
            Finding.Level.WARNING,
            Finding.Level.OK,
            Finding.Level.WARNING,
            Finding.Level.OK),
        findings.all().stream().map(Finding::level).toList());
    assertEquals("one has 0.3 of 100.0 GiB left: it stops", findings.all().getFirst().text());
  }

  @Test
  void theDiskOfAFolderThatIsNotThereYetIsItsParents() throws Exception {
    Path path = folder.resolve("not/there/yet");
    DiskCheck given = new DiskCheck("a folder", path, Optional.empty(), "it stops");
    assertTrue(run(given).getFirst().text().contains("GiB left"), run(given).toString());
    // Nobody has said that there is one.
    assertFinds(
        new DiskCheck("a folder", path, Optional.of("--state"), "it stops"),
        Finding.Level.OK,
        "is not there, so its disk was not looked at; --state says where it is");
    assertTrue(
        run(new DiskCheck("a folder", folder, Optional.of("--state"), "it stops"))
            .getFirst()
            .text()
            .contains("GiB left"));
  }

  @Test
  void onlyPathsThatWereGivenMustBeThere() {
    String silent = doctor();
    assertTrue(silent.contains("(millrace-data/processor) is not there"), silent);
    assertTrue(silent.contains("(millrace-data/millrace.db) is not there"), silent);
    String asked = doctor("--state", "millrace-data/processor", "--database", "x.db");
    assertTrue(asked.contains("(millrace-data/processor) has "), asked);
    assertTrue(asked.contains("(x.db) has "), asked);
  }

  /// Without a broker.
  private static String doctor(String... more) {
    StringWriter out = new StringWriter();
    List<String> args = new ArrayList<>(List.of("doctor", "--bootstrap-server", "127.0.0.1:1"));
    args.addAll(List.of(more));
    assertEquals(
        1,
        Main.run(
            new PrintWriter(out, true), new PrintWriter(out, true), args.toArray(String[]::new)));
    return out.toString();
  }

  @Test
  void aCacheThatIsNotMappedIsNotUsed() throws Exception {
    Path maps = folder.resolve("maps");
    Files.writeString(maps, "7f00-7f01 rw-p 0 fe:00 1    /opt/millrace/millrace.aot\n");
    assertFinds(new JavaCheck("", maps), Finding.Level.WARNING, "without an AOT cache");
    assertFinds(
        new JavaCheck("/opt/millrace/millrace.aot", maps),
        Finding.Level.OK,
        "with the AOT cache /opt/millrace/millrace.aot");
    assertFinds(
        new JavaCheck("/other.aot", maps), Finding.Level.WARNING, "does not use the AOT cache");
    assertFinds(
        new JavaCheck("/other.aot", folder.resolve("none")), Finding.Level.UNKNOWN, "not known");
  }

  @Test
  void aCacheIsFoundByALink() throws Exception {
    Path cache = Files.createFile(folder.toRealPath().resolve("1.aot"));
    Path link = Files.createSymbolicLink(folder.resolve("current.aot"), cache);
    Path maps = Files.writeString(folder.resolve("maps"), "7f00-7f01 rw-p 0 fe:00 1 " + cache);
    assertFinds(
        new JavaCheck(link.toString(), maps), Finding.Level.OK, "with the AOT cache " + link);
  }

  @Test
  void aServiceIsAskedHowItIsAndWhatTimeItHas() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/health/ready",
        exchange -> {
          byte[] body = "waits for \u001b[2JKafka".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(503, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      Clock here = Clock.systemUTC();
      assertFinds(
          new ServiceCheck(url, here),
          Finding.Level.PROBLEM,
          "with 503: waits for \\u001b[2JKafka");
      assertFinds(
          new ServiceCheck(url, Clock.offset(here, Duration.ofMinutes(-1))),
          Finding.Level.PROBLEM,
          "ahead of this machine's");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aServiceThatIsNotThereIsAProblem() throws Exception {
    assertFinds(
        new ServiceCheck(URI.create("http://127.0.0.1:1"), Clock.systemUTC()),
        Finding.Level.PROBLEM,
        "cannot be asked: Connection refused");
    assertThrows(
        IllegalArgumentException.class,
        () -> new ServiceCheck(URI.create("127.0.0.1"), Clock.systemUTC()));
    // No host name of the Internet, and one of a container all the same.
    assertFinds(
        new ServiceCheck(URI.create("http://no_such_edge.invalid:8081"), Clock.systemUTC()),
        Finding.Level.PROBLEM,
        "http://no_such_edge.invalid:8081 cannot be asked: unknown host");
  }

  @Test
  void aTransactionThatNoCoordinatorKnowsIsForgotten() {
    TopicPartition partition = new TopicPartition("requests", 1);
    List<ProducerState> producers =
        List.of(
            producer(1, OptionalLong.of(17)),
            producer(2, OptionalLong.of(18)),
            producer(3, OptionalLong.empty()));
    assertEquals(
        Set.of(new TransactionsCheck.Open(partition, 2, 18)),
        TransactionsCheck.forgotten(Map.of(partition, producers), Set.of(1L)));
  }

  private static ProducerState producer(long id, OptionalLong start) {
    return new ProducerState(id, 0, 0, 0, OptionalInt.empty(), start);
  }
}
