package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillFileTest {
  private record Kept(SpillFile.Place place, ByteBuffer bytes) {}

  @TempDir private Path folder;

  @Test
  void givesBackWhatItGotInAnyOrderAndKeepsNoFileForIt() {
    SplittableRandom random = new SplittableRandom(5);
    List<Kept> kept = new ArrayList<>();
    try (SpillFile file = new SpillFile(folder.resolve("task"))) {
      for (int i = 0; i < 400; i++) {
        byte[] bytes = new byte[random.nextInt(1 << 20)];
        random.nextBytes(bytes);
        kept.add(new Kept(file.put(ByteBuffer.wrap(bytes)), ByteBuffer.wrap(bytes)));
        while (kept.size() > 100) {
          assertSame(file, kept.remove(random.nextInt(kept.size())));
        }
      }
      assertTrue(file.files() > 1);
      while (!kept.isEmpty()) {
        assertSame(file, kept.remove(random.nextInt(kept.size())));
      }
      assertEquals(1, file.files());
    }
  }

  private static void assertSame(SpillFile file, Kept kept) {
    assertEquals(kept.bytes(), file.take(kept.place()));
  }

  @Test
  void leavesNothingBehind() throws IOException {
    try (SpillFile file = new SpillFile(folder)) {
      file.put(ByteBuffer.allocate(1_000));
    }
    try (var left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void namesTheFolderThatCannotBeWritten() throws IOException {
    Path notAFolder = Files.writeString(folder.resolve("file"), "");
    try (SpillFile file = new SpillFile(notAFolder)) {
      UncheckedIOException e =
          assertThrows(UncheckedIOException.class, () -> file.put(ByteBuffer.allocate(1)));
      assertTrue(e.getMessage().contains(notAFolder.toString()), e.getMessage());
    }
  }
}
