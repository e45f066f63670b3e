package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
  @TempDir private Path folder;

  private final AtomicLong now = new AtomicLong();

  @Test
  void admitsWhoIsInTheFileAndNobodyElse() throws Exception {
    ApiKeys keys = keys("# who\n\nshop " + hash("one") + "\n  tills " + hash("two") + " 10\n");
    assertEquals("shop", keys.admit("one").name());
    assertEquals("tills", keys.admit("two").name());
    for (String other : new String[] {"", "three", hash("one"), "ONE"}) {
      Answer answer = assertThrows(Refusal.class, () -> keys.admit(other)).answer();
      assertEquals(401, answer.status());
      assertEquals("Bearer", answer.headers().get("WWW-Authenticate"));
    }
  }

  @Test
  void whoHasSentTooMuchWaitsUntilItIsPaidBack() throws Exception {
    ApiKeys keys = keys("tills " + hash("two") + " 10");
    keys.admit("two").charge(35, now.get());
    Answer answer = assertThrows(Refusal.class, () -> keys.admit("two")).answer();
    assertEquals(429, answer.status());
    assertEquals("3", answer.headers().get("Retry-After"));
    pass(2_400);
    assertThrows(Refusal.class, () -> keys.admit("two"));
    pass(200);
    keys.admit("two").charge(1, now.get());
  }

  @Test
  void notMoreThanASecondIsSavedUp() throws Exception {
    ApiKeys keys = keys("tills " + hash("two") + " 10");
    pass(3_600_000);
    keys.admit("two").charge(10, now.get());
    assertThrows(
        Refusal.class,
        () -> {
          ApiKey key = keys.admit("two");
          key.charge(1, now.get());
          keys.admit("two");
        });
  }

  @Test
  void isReadAgainWhenItChangesAndDebtsAreKept() throws Exception {
    ApiKeys keys = keys("shop " + hash("one") + "\ntills " + hash("two") + " 10");
    keys.admit("two").charge(1_000, now.get());
    assertFalse(keys.reloadIfChanged());
    write("tills " + hash("two") + " 10\nnew " + hash("three"));
    assertTrue(keys.reloadIfChanged());
    assertEquals("new", keys.admit("three").name());
    assertThrows(Refusal.class, () -> keys.admit("one"));
    assertEquals(429, assertThrows(Refusal.class, () -> keys.admit("two")).answer().status());
    write("broken");
    assertThrows(IllegalArgumentException.class, keys::reloadIfChanged);
    assertEquals("new", keys.admit("three").name());
    Files.delete(file());
    assertThrows(NoSuchFileException.class, keys::reloadIfChanged);
    assertEquals("new", keys.admit("three").name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret-key",
        "name secret-key",
        "a b c d",
        "name %s 0",
        "name %s x",
        "name %s 1 2"
      })
  void tellsWhichLineIsWrongAndNotWhatIsInIt(String line) throws Exception {
    String text = "# first\n" + String.format(line, hash("one"));
    String message = assertThrows(IllegalArgumentException.class, () -> keys(text)).getMessage();
    assertTrue(message.contains("--api-keys") && message.contains("line 2"), message);
    assertFalse(message.contains("secret-key"), message);
    assertFalse(message.contains(hash("one")), message);
  }

  @Test
  void whatWouldAdmitTheWrongIsRefused() throws Exception {
    for (String text :
        new String[] {
          "none " + hash(""),
          "a " + hash("one") + "\na " + hash("two"),
          "a " + hash("one") + "\nb " + hash("one")
        }) {
      assertThrows(IllegalArgumentException.class, () -> keys(text), text);
    }
  }

  @Test
  void aFileWithoutKeysWouldLockOutEverybody() {
    assertThrows(IllegalArgumentException.class, () -> keys("# nobody\n"));
  }

  private void pass(long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private Path file() {
    return folder.resolve("keys");
  }

  private void write(String text) throws IOException {
    Files.writeString(file(), text);
  }

  private ApiKeys keys(String text) throws IOException {
    write(text);
    return new ApiKeys(file(), now::get);
  }

  private static String hash(String key) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.US_ASCII)));
  }
}
