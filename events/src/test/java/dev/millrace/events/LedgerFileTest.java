package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {
  private static final LedgerEntry TIMED =
      new LedgerEntry(1000, "a", "/x", 3, 0, 1, 1, 17, new DurationStats(3, 2, 2, 3, 3, 3, 3, 3));
  private static final LedgerEntry UNTIMED = new LedgerEntry(2000, "b", "/", 1, 2, 0, 0, 0, null);
  private static final LedgerTotals TOTALS = new LedgerTotals(6, 4, 0, 2);

  @TempDir private Path folder;

  @Test
  void readsBackWhatWasWritten() throws IOException {
    assertEquals(
        new LedgerFile(List.of(TIMED, UNTIMED), Optional.of(TOTALS)), LedgerFile.read(write(true)));
  }

  @Test
  void aTornLastLineIsLeftOut() throws IOException {
    Path file = write(false);
    Files.writeString(file, "{\"second\":3000,\"serv", StandardOpenOption.APPEND);
    assertEquals(new LedgerFile(List.of(TIMED, UNTIMED), Optional.empty()), LedgerFile.read(file));
  }

  @Test
  void aBrokenLineIsNamedByItsNumber() throws IOException {
    Path file = folder.resolve("ledger");
    Files.writeString(file, "{\"second\":0}\n{\"totals\":null}\n");
    IOException e = assertThrows(IOException.class, () -> LedgerFile.read(file));
    assertTrue(e.getMessage().contains("line 1"), e.getMessage());
  }

  private Path write(boolean ended) throws IOException {
    Path file = folder.resolve("ledger");
    try (LedgerFile.Writer writer = LedgerFile.create(file)) {
      writer.write(TIMED);
      writer.write(UNTIMED);
      if (ended) {
        writer.write(TOTALS);
      }
    }
    return file;
  }
}
