package dev.millrace.ingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/// Those who may send, from a file with a line for each: a name, the SHA-256 of the key in
/// hexadecimal, and, if it is limited, how many events a second. Read again when it changes.
/// Thread-safe.
///
/// Keys are random and long, so that a plain hash of them tells nothing; each request is compared
/// with all of them, in a time that does not depend on what they have in common.
final class ApiKeys {
  private static final int HASH_BYTES = 32;
  private static final double MAX_RATE = 1e9;
  private static final int LONGEST_WAIT_S = 3_600;

  private final Path file;
  private final LongSupplier nanoTime;
  private final WatchedFiles watched;
  private volatile List<ApiKey> keys = List.of();

  /// @param nanoTime [System#nanoTime()]
  /// @throws IOException if it cannot be read
  /// @throws IllegalArgumentException if a line is none; the message has its number
  ApiKeys(Path file, LongSupplier nanoTime) throws IOException {
    this.file = file;
    this.nanoTime = nanoTime;
    this.watched = new WatchedFiles(List.of(file));
    reloadIfChanged();
  }

  /// Reads the file again if it has changed. If it will not do, all stays as it was. Who has the
  /// same key and rate as before has as much left as before.
  ///
  /// @return whether it was read
  boolean reloadIfChanged() throws IOException {
    if (!watched.haveChanged()) {
      return false;
    }
    List<ApiKey> read = new ArrayList<>();
    int number = 0;
    for (String line : lines()) {
      number++;
      if (!line.isBlank() && !line.strip().startsWith("#")) {
        ApiKey key = key(line.strip(), number);
        for (ApiKey other : read) {
          if (other.name().equals(key.name()) || MessageDigest.isEqual(other.hash(), key.hash())) {
            throw wrong(number, "another line has the same name or the same key");
          }
        }
        read.add(kept(key));
      }
    }
    if (read.isEmpty()) {
      throw new IllegalArgumentException("--api-keys " + file + ": has no key in it");
    }
    keys = List.copyOf(read);
    return true;
  }

  private List<String> lines() throws IOException {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      watched.forget();
      throw e;
    }
  }

  private ApiKey kept(ApiKey key) {
    return keys.stream()
        .filter(old -> old.hasSameTerms(key) && MessageDigest.isEqual(old.hash(), key.hash()))
        .findAny()
        .orElse(key);
  }

  private ApiKey key(String line, int number) {
    String[] parts = line.split("\\s+", -1);
    // The line itself stays out of the message: somebody may have written the key in it.
    if (parts.length < 2 || parts.length > 3 || !parts[1].matches("[0-9a-fA-F]{64}")) {
      throw wrong(number, "must be 'NAME SHA256-OF-KEY-IN-HEX [EVENTS-PER-SECOND]'");
    }
    double rate = Double.POSITIVE_INFINITY;
    if (parts.length == 3) {
      if (!parts[2].matches("\\d{1,9}") || Double.parseDouble(parts[2]) < 1) {
        throw wrong(number, "events per second must be 1 to " + (long) MAX_RATE);
      }
      rate = Double.parseDouble(parts[2]);
    }
    if (MessageDigest.isEqual(HexFormat.of().parseHex(parts[1]), sha256(new byte[0]))) {
      throw wrong(number, "this is the hash of no key at all, which everybody has");
    }
    return new ApiKey(parts[0], HexFormat.of().parseHex(parts[1]), rate, nanoTime.getAsLong());
  }

  private IllegalArgumentException wrong(int line, String expected) {
    return new IllegalArgumentException("--api-keys " + file + ", line " + line + ": " + expected);
  }

  /// Finds out who sends, and whether more may be sent now.
  ///
  /// @param shown the key as it was sent; empty if none was
  /// @throws Refusal 401 if it is nobody's, 429 if it has sent too much
  ApiKey admit(String shown) throws Refusal {
    byte[] hash = sha256(shown.getBytes(StandardCharsets.ISO_8859_1));
    ApiKey found = null;
    for (ApiKey key : keys) {
      if (MessageDigest.isEqual(key.hash(), hash)) {
        found = key;
      }
    }
    if (found == null) {
      throw new Refusal(
          401,
          shown.isEmpty() ? "send a key: Authorization: Bearer KEY" : "this key is nobody's",
          Map.of("WWW-Authenticate", "Bearer"));
    }
    double waitS = found.waitS(nanoTime.getAsLong());
    if (waitS > 0) {
      int seconds = (int) Math.min(LONGEST_WAIT_S, Math.ceil(waitS));
      throw new Refusal(
          429, "'" + found.name() + "' has sent as much as it may", Refusal.retryAfter(seconds));
    }
    return found;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      assert hash.length == HASH_BYTES;
      return hash;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
