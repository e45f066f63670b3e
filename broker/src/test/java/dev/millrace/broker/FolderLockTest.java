package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir Path dir;

  @Test
  void makesTheFolder() {
    Path folder = dir.resolve("a/b");
    FolderLock.acquire(folder).close();
    assertTrue(Files.isDirectory(folder));
  }

  @Test
  void refusesFolderThatIsHeld() {
    FolderLock held = FolderLock.acquire(dir);
    try {
      assertEquals(
          "--data %s: another broker is running on this folder; stop it, or choose another folder"
              .formatted(dir),
          refusal(dir));
    } finally {
      held.close();
    }
  }

  @Test
  void isNotFooledByLinks() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("folder"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), folder);
    FolderLock held = FolderLock.acquire(folder);
    try {
      assertTrue(refusal(link).contains("another broker"));
    } finally {
      held.close();
    }
  }

  @Test
  void letsGoWhenClosed() {
    FolderLock.acquire(dir).close();
    FolderLock.acquire(dir).close();
  }

  @Test
  void refusesWhatIsNoFolder() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "");
    assertTrue(refusal(file).startsWith("--data %s: cannot be made or written".formatted(file)));
  }

  private static String refusal(Path folder) {
    return assertThrows(BrokerException.class, () -> FolderLock.acquire(folder)).getMessage();
  }
}
