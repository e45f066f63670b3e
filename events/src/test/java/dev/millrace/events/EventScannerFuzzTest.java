package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The scanner against the codec, over events and what is left of them after mutation. Inputs that
/// showed something new are mutated further. `-Dmillrace.fuzz=10000000` tries more of them,
/// `-Dmillrace.fuzz.seed=N` others.
class EventScannerFuzzTest {
  private static final long INPUTS = Long.getLong("millrace.fuzz", 100_000);
  private static final long SEED = Long.getLong("millrace.fuzz.seed", 20_251_121);

  // What would go on with an event that is taken to begin earlier or to end later.
  private static final String BEFORE = "{\"status\":20";
  private static final String AFTER = "123\",\"bytes\":7}}";

  private final RequestEventCodec codec =
      new RequestEventCodec(
          Clock.fixed(Instant.ofEpochMilli(EventMutator.NOW), ZoneOffset.UTC),
          Duration.ofMillis(EventMutator.SKEW_MS));
  private final EventScanner scanner = new EventScanner(codec);
  private final Set<String> outcomes = new HashSet<>();

  @Test
  void scannerAndCodecAgree() {
    EventMutator mutator = new EventMutator(SEED);
    long plain = 0;
    long fallenBack = 0;
    long refused = 0;
    for (long i = 0; i < INPUTS; i++) {
      byte[] json = mutator.next();
      long fallbacks = scanner.fallbacks();
      Verdict expected = Verdict.of(codec, json);
      Verdict actual = scan(json, i);
      if (!expected.equals(actual)) {
        fail(describe(json, i) + "\ncodec:   " + expected + "\nscanner: " + actual);
      }
      boolean isPlain = scanner.fallbacks() == fallbacks;
      if (expected.refusal() != null) {
        refused++;
      } else if (isPlain) {
        plain++;
      } else {
        fallenBack++;
      }
      if (outcomes.add(outcome(expected, isPlain))) {
        mutator.keep(json);
      }
    }
    String shares =
        "%,d inputs: %,d plain, %,d fallen back and accepted, %,d refused, %,d outcomes"
            .formatted(INPUTS, plain, fallenBack, refused, outcomes.size());
    System.out.println(shares);
    assertTrue(plain > INPUTS / 8 && fallenBack > INPUTS / 8 && refused > INPUTS / 4, shares);
  }

  private Verdict scan(byte[] json, long i) {
    try {
      Verdict alone = Verdict.of(scanner, json);
      byte[] amid = (BEFORE + " ".repeat(json.length) + AFTER).getBytes(StandardCharsets.UTF_8);
      System.arraycopy(json, 0, amid, BEFORE.length(), json.length);
      assertEquals(
          alone,
          Verdict.of(scanner, amid, BEFORE.length(), BEFORE.length() + json.length),
          () -> describe(json, i));
      return alone;
    } catch (RuntimeException e) {
      return fail(describe(json, i), e);
    }
  }

  private static String describe(byte[] json, long i) {
    return "seed %d, input %d: %s%nas base64: %s"
        .formatted(
            SEED,
            i,
            new String(json, StandardCharsets.UTF_8),
            Base64.getEncoder().encodeToString(json));
  }

  /// Which of its kind an input is: the reason without the values in it, or which fields it has.
  private static String outcome(Verdict verdict, boolean isPlain) {
    if (verdict.refusal() != null) {
      String reason = verdict.refusal().replaceAll("'[^']*'|[^a-z ]+", "#");
      return reason.substring(0, Math.min(reason.length(), 40));
    }
    return isPlain + " " + digits(verdict.durationUs()) + " " + digits(verdict.bytes());
  }

  private static int digits(long number) {
    return Long.toString(number).length();
  }
}
