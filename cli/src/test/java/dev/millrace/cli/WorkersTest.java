package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
  @TempDir private Path folder;

  @Test
  void aWorkerHasItsParentsArgumentsButForThoseThatAreItsOwn() {
    assertEquals(
        List.of("loadgen", "--rate", "5k", "--kafka=linger.ms=5"),
        Workers.withoutOwn(
            List.of(
                "loadgen",
                "--run",
                "x",
                "--rate",
                "5k",
                "--workers=3",
                "--kafka=linger.ms=5",
                "--ledger=y",
                "--metrics-port",
                "0",
                "--workers",
                "3")));
  }

  /// `MILLRACE_WORKERS=3` would make each of three workers start three more.
  @Test
  void aWorkerHasItsParentsEnvironmentButForWhatIsItsOwn() {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "MILLRACE_RUN", "x",
                "MILLRACE_LEDGER", "y",
                "MILLRACE_WORKERS", "3",
                "MILLRACE_RATE", "5k",
                "PATH", "/bin"));
    Workers.removeOwn(environment);
    assertEquals(Map.of("MILLRACE_RATE", "5k", "PATH", "/bin"), environment);
  }

  @Test
  void whatAWorkerSaidForPeopleIsToldApartFromTheRestOfItsLog() throws IOException {
    Path log =
        Files.write(
            folder.resolve("worker-0.log"),
            List.of(
                "WARNING: a JVM's",
                "   1s  sent 5/s",
                "millrace: 7 events were in no window.",
                ""));
    assertEquals(List.of("7 events were in no window."), Workers.remarks(log));
  }

  @Test
  void aShareIsReadAsTheParentWritesIt() {
    WorkerShare share = WorkerShare.parse("1/3@1763715928123");
    assertEquals(new RunConfig.Share(1, 3), share.share());
    assertEquals(1_763_715_928_123L, share.startMs().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "3/3@1", "1/0@1", "-1/3@1", "1/3", "1/3@"})
  void anotherShareIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> WorkerShare.parse(text));
  }

  @Test
  void oneWorkerStartsAtOnceAndSeveralTogether() {
    assertTrue(WorkerShare.whole(1).startMs().isEmpty());
    assertTrue(WorkerShare.whole(2).startMs().isPresent());
    assertThrows(IllegalArgumentException.class, () -> WorkerShare.whole(0));
  }
}
