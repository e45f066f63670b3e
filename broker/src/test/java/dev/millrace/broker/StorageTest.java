package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  @TempDir Path dir;

  @Test
  void formatsOnlyOnce() throws IOException {
    Storage storage = Storage.in(dir);
    String first = storage.open(1).clusterId().orElseThrow();
    assertEquals(first, storage.open(1).clusterId().orElseThrow());
  }

  @Test
  void finishesFormattingThatWasCutShort() throws IOException {
    Storage storage = Storage.in(dir);
    String first = storage.open(1).clusterId().orElseThrow();
    Files.delete(storage.topics().resolve("meta.properties"));
    assertEquals(first, storage.open(1).clusterId().orElseThrow());
    assertTrue(storage.open(1).emptyLogDirs().isEmpty());
  }

  @Test
  void isOfTheClusterThatItIsGiven() throws IOException {
    String cluster = "bWlsbHJhY2UtY2x1c3Rlcg";
    Storage storage = Storage.in(dir);
    assertEquals(cluster, storage.open(2, Optional.of(cluster)).clusterId().orElseThrow());
    assertEquals(cluster, storage.open(2, Optional.of(cluster)).clusterId().orElseThrow());
    // Another cluster's data, or another node's, is not taken for one's own.
    assertThrows(
        RuntimeException.class, () -> storage.open(2, Optional.of("YW5vdGhlci1jbHVzdGVyLg")));
    assertThrows(RuntimeException.class, () -> storage.open(3, Optional.of(cluster)));
  }

  @Test
  void keepsTopicsWhoseMetadataIsLost() throws IOException {
    Storage storage = Storage.in(dir);
    storage.open(1);
    Files.delete(storage.metadata().resolve("meta.properties"));
    String refusal = assertThrows(BrokerException.class, () -> storage.open(1)).getMessage();
    assertTrue(refusal.startsWith("--data %s: ".formatted(dir)), refusal);
  }
}
