package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTargetConfigTest {
  private static final URI URL = URI.create("http://127.0.0.1:8081");

  @TempDir private Path folder;

  private static String refusal(Runnable made) {
    return assertThrows(IllegalArgumentException.class, made::run).getMessage();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, --http-connections 0: must be 1 to 10000",
    "10001, 1, --http-connections 10001: must be 1 to 10000",
    "1, 0, --http-batch 0: must be 1 to 1000",
    "1, 1001, --http-batch 1001: must be 1 to 1000",
  })
  void numbersOutOfRangeAreRefused(int connections, int batch, String sentence) {
    assertEquals(
        sentence.replaceFirst("000$", ",000"),
        refusal(() ->
            new HttpTargetConfig(
                URL, connections, batch, false, Optional.empty(), Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://",
        "http:///v1",
        "ftp://h",
        "localhost:8081",
        "http://h:0",
        "http://h:65536",
        "http://h?a=b",
        "http://h#a",
        "http://a b",
        "",
      })
  void whatIsNoAddressIsRefused(String text) {
    String sentence = refusal(() -> HttpTargetConfig.url(text));
    assertTrue(sentence.startsWith("--target " + text + ": must be kafka, or "), sentence);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://me:hush@h",
        // Which are no URIs, or have no host.
        "http://me:hush%zz@host",
        "http://me:hush@my_host:8081",
        "http://me:a/hush@host",
        "me:hush@host",
      })
  void passwordsInAnAddressAreRefusedAndNotShown(String text) {
    String sentence = refusal(() -> HttpTargetConfig.url(text));
    assertFalse(sentence.contains("hush"), sentence);
    assertTrue(sentence.contains("must not have a user or password"), sentence);
  }

  @Test
  void certificatesAreOfAFileAndForHttps() throws IOException {
    Path file = folder.resolve("ca.pem");
    for (String wrong : new String[] {"", "no certificate", "-----BEGIN CERTIFICATE-----\nAA=="}) {
      Files.writeString(file, wrong);
      String sentence =
          assertThrows(IllegalArgumentException.class, () -> HttpTargetConfig.trust(file))
              .getMessage();
      assertTrue(sentence.startsWith("--http-ca " + file + ": must have "), sentence);
    }
    Optional<SSLContext> trust = Optional.of(anyContext());
    assertEquals(
        "--http-ca: is for an https:// edge, and --target is " + URL,
        refusal(() -> new HttpTargetConfig(URL, 1, 1, false, Optional.empty(), trust)));
  }

  private static SSLContext anyContext() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void addressesMayHaveAPathAndEndWithASlash() {
    assertEquals(URL, HttpTargetConfig.url("http://127.0.0.1:8081/"));
    assertEquals(URI.create("https://[::1]/edge"), HttpTargetConfig.url("https://[::1]/edge/"));
  }

  @Test
  void theKeyIsTheOnlyLineOfAFileAndIsNotShown() throws IOException {
    Path file = folder.resolve("key");
    Files.writeString(file, "0123abc\n");
    assertEquals("0123abc", HttpTargetConfig.key(file));
    HttpTargetConfig config =
        new HttpTargetConfig(
            URL, 1, 1, false, Optional.of(HttpTargetConfig.key(file)), Optional.empty());
    assertFalse(config.toString().contains("0123abc"), config.toString());
    for (String wrong : new String[] {"", "\n", "a\nb\n", "a b", "\u00e9", "a".repeat(5_000)}) {
      Files.writeString(file, wrong);
      assertThrows(IllegalArgumentException.class, () -> HttpTargetConfig.key(file));
    }
  }

  @Test
  void recordKeysAreRefused() throws IOException {
    Path file = folder.resolve("keys.yaml");
    Files.writeString(file, "key: series\n");
    Scenario scenario = ScenarioFile.read(file.toString());
    assertEquals(
        "key series: must be none with an HTTP --target, because the edge sets no key",
        refusal(() -> HttpTargetConfig.requireNoKey(scenario)));
    HttpTargetConfig.requireNoKey(Scenario.steady());
  }
}
