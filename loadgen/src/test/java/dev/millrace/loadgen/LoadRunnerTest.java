package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadRunnerTest {
  @TempDir private Path folder;

  @Test
  void acknowledgementsOfLessThanAllAreRefusedAndAnEarlierLedgerIsKept() throws IOException {
    Path ledger = Files.writeString(folder.resolve("ledger"), "of an earlier run");
    LoadRunner runner =
        new LoadRunner(
            RunConfig.of(
                Scenario.steady(1, Duration.ofSeconds(1), 1, 1, 0),
                "127.0.0.1:1",
                Map.of("acks", "1"),
                Optional.empty(),
                ledger));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, runner::run);
    assertTrue(e.getMessage().startsWith("--kafka acks=1:"), e.getMessage());
    assertEquals("of an earlier run", Files.readString(ledger));
  }
}
