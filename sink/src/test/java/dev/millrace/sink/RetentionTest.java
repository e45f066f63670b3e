package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
  private static final Clock NOW =
      Clock.fixed(Instant.ofEpochMilli(Traffic.START + 3_600_000), ZoneOffset.UTC);

  @TempDir Path folder;

  @Test
  void keepsEverythingUnlessTold() {
    Retention retention = new Retention(Optional.empty(), NOW);
    assertFalse(retention.isDue());
    try (WindowStore store = SqliteWindowStore.open(folder.resolve("millrace.db"))) {
      store.write(List.of(WindowStoreContract.row(0, 1)), List.of());
      retention.prune(store);
      assertEquals(1, store.deleteBefore(Long.MAX_VALUE, 10));
    }
  }

  @Test
  void goesOnAtOnceWhileMoreIsLeftAndThenWaits() {
    Retention retention = new Retention(Optional.of(Duration.ofMinutes(30)), NOW);
    List<Integer> left = new ArrayList<>(List.of(Retention.BATCH, Retention.BATCH, 3));
    WindowStore store =
        new ForwardingStore(null) {
          @Override
          public int deleteBefore(long startMs, int limit) {
            assertEquals(Traffic.START + 1_800_000, startMs);
            assertEquals(Retention.BATCH, limit);
            return left.removeFirst();
          }
        };
    for (int i = 0; i < 3; i++) {
      assertTrue(retention.isDue());
      retention.prune(store);
    }
    assertFalse(retention.isDue());
    retention.prune(store);
    assertEquals(List.of(), left);
  }
}
