package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir private Path folder;

  @Test
  void noRunIsOverwritten() throws IOException {
    RunFolder run = new RunFolder(folder.resolve("a").resolve("b"));
    run.make();
    assertTrue(Files.isDirectory(run.path()));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, run::requireNew);
    assertTrue(e.getMessage().startsWith("--run " + run.path() + ": is there"), e.getMessage());
  }

  @Test
  void aRunWithoutANameIsNamedByItsTime() {
    assertEquals(
        Path.of("runs", "20260102T030405Z"),
        RunFolder.defaultPath(Instant.parse("2026-01-02T03:04:05.678Z")));
  }
}
