package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a user gets who has typed something wrong, or has something missing: one sentence.
class BadInputTest {
  @TempDir private Path folder;

  private record Answer(int code, String out, String err) {}

  private static Answer run(Map<String, String> environment, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            args,
            environment,
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Interruption.never());
    return new Answer(code, out.toString(), err.toString());
  }

  private static void assertSentence(int code, String part, String... args) {
    Answer answer = run(Map.of(), args);
    assertEquals(code, answer.code(), answer.err());
    assertTrue(answer.err().contains(part), answer.err());
    assertFalse(answer.err().contains("\tat "), answer.err());
    assertFalse(answer.err().contains("--verbose"), "called unexpected: " + answer.err());
    assertTrue(answer.err().lines().count() <= 3, answer.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "demo --nonsense; --nonsense",
        "sink --keep 10s; --keep 10s: must be 1m to 36500d",
        "sink --keep 7; '7' is not a duration",
        "sink --jdbc-url jdbc:mysql://h/d; --jdbc-url 'jdbc:mysql://h/d': must be jdbc:postgresql:",
        "sink --jdbc-url jdbc:postgresql://h/d --database x; give either --database or --jdbc-url",
        "sink --jdbc-config x; --jdbc-config x is for PostgreSQL: give --jdbc-url too",
        "bench sink --rows 1; --rows 1: must be 10k to 50m",
        "drill --faults kill-sinks; --faults kill-sinks: is no fault; there are kill-ingest,",
        "drill --faults mix,cut; --faults: mix is all of them",
        "drill --faults broker-away --duration 1m; --duration 60s: too short for broker-away",
        "drill --faults cut,database-away; --faults database-away: needs --postgres",
        "drill --brokers 2; --brokers 2: must be 1, or 3 for a cluster",
        "drill --duration 1s; --duration 1s: must be 20s to 30m",
        "drill --rate 1; --rate 1 for 120s: must be at least 20 events/s",
        "drill --summary ../README.md; --summary ../README.md: is no result of a drill's --json",
        "demo --rate -5; --rate -5",
        "demo --rate 0; --rate 0",
        "demo --rate 5kg; '5kg' is not a rate",
        "demo --rate; --rate",
        "demo --duration 10; '10' is not a duration",
        "demo --duration -1s; --duration -1s",
        "demo --duration 99999999d; 292 years",
        "demo --services 0; --services 0",
        "demo --port 70000; --port 70000",
        "demo --replay x --format jsn; jsn",
        "demo --replay x --service a|b; --service 'a|b'",
        "demo --no-load --rate 5k; --no-load sends nothing",
        "demo --out-of-orderness -1s; --out-of-orderness -1s",
        "loadgen --find-max --workers 2; --find-max takes neither --workers",
        "loadgen --find-max --metrics-port 0; nor --metrics-port",
        "processor --port 70000; port 70000 for metrics and health: must be 0 to 65535",
        "loadgen --find-max --rate max; --rate Infinity: must be 1 to 10m for --find-max",
        "loadgen --find-max --duration 5s --warm-up 3s; leave 3s of a step",
        "loadgen --find-max --resolution 5; '5' is not a share of 0% to 100%",
        "loadgen --find-max --max-steps 1; --max-steps 1: must be 3 to 100",
        "loadgen --find-max --slo lag; of the lag there is only one term",
        "loadgen --slo valid=true; --slo is for a search",
        "loadgen --target localhost:8081; --target localhost:8081: must be kafka, or an edge's",
        "loadgen --target http://; --target http://: must be kafka, or an edge's",
        "loadgen --target http://h --http-batch 0; --http-batch 0: must be 1 to 1,000",
        "loadgen --target http://h --http-connections 10001; must be 1 to 10,000",
        "loadgen --http-gzip; --http-gzip is for an HTTP edge",
        "loadgen --bootstrap-server localhost; --bootstrap-server localhost",
        "loadgen --bootstrap-server localhost:x; --bootstrap-server localhost:x",
        "processor --threads 0; --threads 0",
        "processor --allowed-lateness -1s; --allowed-lateness -1s",
        "processor --idle-timeout 1ms; --idle-timeout 1ms: must be 200ms to 3600s",
        "processor --windows 1s,2s; 1s, 10s or 1m",
        "processor --max-series 0; --max-series 0: must be 1 to 500000",
        "broker --partitions 0; --partitions 0",
        "sink --format csv; --format csv needs --dir",
        "sink --dir x; --dir x needs --format",
        "sink --format txt --dir x; txt",
        "sink --format csv --dir x --database y; --dir and --database",
        "sink --format csv --dir x --close-after 2d; --close-after 172800s: must be 0s to 24h",
        "sink --close-after 1m; --close-after is for files",
        "tail --limit 0; --limit 0",
        "tail --sort size; --sort",
        "query; 'SQL'",
        "query SELECT --limit -1; --limit -1: must be 0 (all) or more",
        "query SELECT --json --csv; --json",
        "percentiles --quantile p101; 'p101' is not a quantile",
        "percentiles --by day; 'day' is not one of service, route, minute",
        "percentiles --from x; --from 'x' is not a time; write now, -15m",
        "percentiles --from now --to -1m; --from must be before --to",
        "verify; --recount",
        "verify x --jdbc-url jdbc:mysql://h/d; --jdbc-url 'jdbc:mysql://h/d': must be jdbc:postgresql:",
        "percentiles --jdbc-url jdbc:postgresql://h/d --database x; either --database or --jdbc-url",
        "report; 'RUN",
        "report a b; there are 2 runs; give one, or two with --compare",
        "report --compare a; --compare takes two runs, and there is 1 run",
        "report a --fail-if ack.p99>1.2x; a multiple needs two runs",
        "report a --fail-if ack.p99>20; 20ms",
        "report a --fail-if p99>20ms; Metrics: ack.mean, ack.p50",
        "dlq; list, show or replay?",
        "dlq show; 'LETTER'",
        "dlq show 17; '17' names no dead letter; write PARTITION-OFFSET",
        "dlq show 0-1..2; 'show' shows one letter",
        "dlq list --limit 0; --limit 0: must be at least 1",
        "dlq list --from x; --from 'x' is not a time",
        "dlq list --from now --to -1m; --from must be before --to",
        "dlq replay; see what it would do with --dry-run",
        "dlq replay 0-1 0-2 --value x --yes; is for one letter",
        "doctor --threads 0; --threads 0",
        "doctor --url localhost:8081; --url localhost:8081: must be http://HOST:PORT",
        "doctor --url http://h:99999; --url http://h:99999: must be http://HOST:PORT",
        "doctor --url http://:80; --url http://:80: must be http://HOST:PORT",
        "topics; create, list or delete",
        "topics delete; --yes",
        "dmeo; demo",
        "  ; which command"
      })
  void wrongUsageIsNamedAndExits2(String command, String part) {
    assertSentence(2, part, command == null ? new String[0] : command.split(" "));
  }

  @Test
  void noBrokerIsToldWithAddressAndCause() throws IOException {
    String address;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = "127.0.0.1:" + free.getLocalPort();
    }
    String sentence = "Kafka at " + address + " cannot be reached: Connection refused";
    for (String command : new String[] {"loadgen", "processor", "sink", "tail"}) {
      assertSentence(1, sentence, command, "--bootstrap-server", address);
    }
    assertSentence(1, sentence, "topics", "list", "--bootstrap-server", address);
  }

  @Test
  void unknownHostIsTold() {
    assertSentence(1, "unknown host", "loadgen", "--bootstrap-server", "no-such-host.invalid:9092");
  }

  @Test
  void whatListensButIsNoBrokerIsTold() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertSentence(
          1,
          "it accepts connections, but",
          "loadgen",
          "--bootstrap-server",
          "127.0.0.1:" + mute.getLocalPort());
    }
  }

  @Test
  void missingFilesAreNamed() {
    String missing = folder.resolve("missing").toString();
    assertSentence(1, missing, "demo", "--replay", missing);
    assertSentence(1, missing, "verify", missing, "--database", missing);
    assertSentence(1, missing, "loadgen", "--kafka-config", missing);
    assertSentence(1, folder.toString(), "demo", "--replay", folder.toString());
  }

  @Test
  void aFolderThatIsNoRunIsTold() throws IOException {
    assertSentence(1, "there is no such folder", "report", folder.resolve("missing").toString());
    assertSentence(1, "is not the folder of a run", "report", folder.toString());
    Path summary = folder.resolve("run.json");
    Files.writeString(summary, "{\"format\":7,\"version\":\"9.9\"}");
    assertSentence(1, "has format 7, and this version", "report", folder.toString());
    assertSentence(1, "is a file; give the folder", "report", summary.toString());
    Files.delete(summary);
    Files.createFile(folder.resolve("series.ndjson"));
    assertSentence(1, "is an empty run", "report", folder.toString());
  }

  @Test
  void aDatabaseThatIsNoneIsTold() throws IOException {
    Path text = folder.resolve("text.db");
    Files.writeString(
        text, "this is no database, and that is longer than a header of SQLite. ".repeat(99));
    Path ledger = folder.resolve("ledger");
    Files.createFile(ledger);
    assertSentence(1, text.toString(), "verify", ledger.toString(), "--database", text.toString());
  }

  @Test
  void aPortThatIsTakenIsTold() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      String data = folder.resolve("data").toString();
      assertSentence(1, port, "broker", "--port", port, "--data", data);
    }
  }

  @Test
  void aFolderOfGeneratedLoadIsNoPlaceForALog() throws IOException {
    Files.createFile(folder.resolve("generated-load"));
    Path log = Files.writeString(folder.resolve("a.log"), "x");
    assertSentence(
        1,
        "--data " + folder + ": has generated load in it",
        "demo",
        "--replay",
        log.toString(),
        "--data",
        folder.toString());
  }

  @Test
  void environmentGivesOptionsAndTheCommandLineWins() {
    assertTrue(run(Map.of("MILLRACE_RATE", "-7"), "demo").err().contains("--rate -7"));
    assertTrue(
        run(Map.of("MILLRACE_RATE", "-7"), "demo", "--rate", "-8").err().contains("--rate -8"));
  }

  @Test
  void unknownVariablesAreRefused() {
    Answer answer = run(Map.of("MILLRACE_RATTE", "7", "MILLRACE_JAVA_OPTS", "-Xmx1g"), "demo");
    assertEquals(2, answer.code());
    assertTrue(answer.err().contains("MILLRACE_RATTE"), answer.err());
  }

  @Test
  void nothingInASentenceReachesTheTerminalAsItIs() {
    String hostile = "x\u001b]0;owned\u0007";
    for (String[] args :
        new String[][] {
          {hostile},
          {"demo", "--rate", hostile},
          {"report", folder.resolve(hostile).toString()},
          {"report", folder.resolve(hostile).toString(), "--verbose"}
        }) {
      Answer answer = run(Map.of(), args);
      assertTrue(answer.err().contains("x\\u001b]0;owned\\u0007"), answer.err());
      assertFalse(answer.err().contains("\u001b"), answer.err());
    }
  }

  @Test
  void verboseShowsWhereItComesFrom() {
    Answer answer =
        run(Map.of(), "demo", "--replay", folder.resolve("missing").toString(), "--verbose");
    assertTrue(answer.err().contains("\tat "), answer.err());
  }

  @Test
  void passwordsInTheListOfProcessesAreRefusedAndNotRepeated() {
    for (String url :
        new String[] {
          "jdbc:postgresql://h/d?user=me&password=hunter2", "jdbc:postgresql://me:hunter2@h/d"
        }) {
      Answer answer = run(Map.of(), "sink", "--jdbc-url", url);
      assertEquals(Millrace.USAGE, answer.code(), answer.err());
      assertTrue(answer.err().contains("--jdbc-url has a "), answer.err());
      assertFalse(answer.err().contains("hunter2"), answer.err());
    }
    // In the environment it may be; then Kafka is what is missing.
    Answer answer =
        run(
            Map.of("MILLRACE_JDBC_URL", "jdbc:postgresql://h/d?user=me&password=hunter2"),
            "sink",
            "--bootstrap-server",
            "127.0.0.1:1");
    assertTrue(answer.err().contains("127.0.0.1:1"), answer.err());
    assertFalse(answer.err().contains("hunter2"), answer.err());
  }
}
