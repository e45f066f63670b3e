package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process of a part, whose command does nothing but end.
class PartTest {
  @TempDir private Path folder;

  static final class Ends {
    private Ends() {}

    public static void main(String[] arguments) {
      System.out.println("ends");
    }
  }

  @Test
  void whatHasEndedByItselfHoldsNothingAndLivesOnInTheNextOne() throws Exception {
    Part part =
        new Part(
            "part",
            List.of("-XX:+UseSerialGC"),
            Ends.class.getName(),
            List.of(),
            Pattern.compile("ends"),
            folder);
    assertEquals(0, part.life());
    part.start();
    assertTrue(part.await(Duration.ofMinutes(1)));
    assertTrue(part.ready().isPresent(), part.ending());
    assertEquals(Optional.empty(), part.usage());
    // Nobody has ended it, so that it may run for all that is known.
    assertEquals(1, part.life());
    part.start();
    assertEquals(3, part.life());
    part.kill();
    assertEquals(4, part.life());
    assertFalse(part.isAlive());
  }
}
