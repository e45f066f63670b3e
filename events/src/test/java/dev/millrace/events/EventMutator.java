package dev.millrace.events;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Makes events, most of them a little wrong: first as fields (order, repeats, odd values), then as
/// bytes. The same seed makes the same inputs.
final class EventMutator {
  static final long NOW = 1_763_715_928_123L;
  static final long SKEW_MS = 300_000;

  private static final int MAX_KEPT = 1024;

  private static final String[] NUMBERS = {
    "0",
    "1",
    "00",
    "01",
    "0200",
    "-0",
    "-1",
    "-200",
    "1.0",
    "2e2",
    "200E-1",
    "+5",
    ".5",
    "5.",
    "99",
    "100",
    "999",
    "1000",
    "4294967496",
    "9999999",
    "99999999",
    "100000000",
    "1099511627775",
    "1099511627776",
    "1099511627777",
    "9999999999999999",
    "99999999999999999",
    "100000000000000000",
    "999999999999999999",
    "1000000000000000000",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551816",
    "18446744073709551617000000000000",
    "340282366920938463463374607431768211456200",
    Long.toString(NOW + SKEW_MS),
    Long.toString(NOW + SKEW_MS + 1)
  };
  private static final String[] VALUES = {
    "null", "true", "false", "NaN", "[]", "{}", "[1,{\"a\":2}]", "{\"time\":5}", "\"200\"", ""
  };
  private static final String[] TEXTS = {
    "",
    "*",
    "**",
    "|",
    "a|b",
    "\\u0041",
    "\\n",
    "\\\"",
    "\\\\",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\x",
    "ü",
    "日本",
    "😀",
    "\u0000",
    "\u001f",
    "\u007f",
    "\t",
    " ",
    "12345678",
    "{",
    "}",
    ",",
    "\":"
  };
  private static final String[] NAMES = {
    "id",
    "time",
    "service",
    "route",
    "method",
    "status",
    "duration_us",
    "bytes",
    "\\u0074ime",
    "stat\\u0075s",
    "idd",
    "Time",
    "servicf",
    "statu",
    "status_",
    "duration_ut",
    "duration_u",
    "byte",
    "x",
    "*",
    ""
  };
  private static final String[] TOKENS = {
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", " ", "\n", "\t", "\r", "\0", "\f", "//",
    "/**/", "'", "\",\"", "\":\"", "\":", ",\"", "\ufeff", "0", "-", "e5", ".5", "|", "*"
  };

  private final Random random;
  private final List<byte[]> kept = new ArrayList<>();

  EventMutator(long seed) {
    random = new Random(seed);
  }

  /// Remembers an input, to mutate it further.
  void keep(byte[] json) {
    // Long ones would take all the time there is.
    if (json.length > 1024) {
      return;
    }
    if (kept.size() < MAX_KEPT) {
      kept.add(json);
    } else {
      kept.set(random.nextInt(MAX_KEPT), json);
    }
  }

  byte[] next() {
    boolean isFresh = kept.isEmpty() || random.nextInt(4) > 0;
    byte[] json = isFresh ? event() : any(kept);
    // Most of the fresh ones stay as the generator made them.
    for (int times = isFresh && chance(3, 4) ? 0 : 1 + random.nextInt(2); times > 0; times--) {
      json = mutate(json);
    }
    return json;
  }

  private byte[] event() {
    List<String> fields = new ArrayList<>();
    if (chance(2, 3)) {
      add(fields, "id", text("01KAJQ8Z3R", 26));
    }
    add(fields, "time", number(NOW - 1000, NOW + 1000));
    add(fields, "service", text("service-", 20));
    add(fields, "route", text("/v1/", 40));
    if (chance(2, 3)) {
      add(fields, "method", text("GET", 7));
    }
    add(fields, "status", number(100, 600));
    if (chance(2, 3)) {
      add(fields, "duration_us", number(0, 1L << random.nextInt(1, 40)));
    }
    if (chance(2, 3)) {
      add(fields, "bytes", number(0, 1L << random.nextInt(1, 40)));
    }
    if (chance(1, 3)) {
      Collections.shuffle(fields, random);
    }
    if (chance(1, 20)) {
      fields.add(random.nextInt(fields.size() + 1), any(fields));
    }
    if (chance(1, 20)) {
      fields.remove(random.nextInt(fields.size()));
    }
    if (chance(1, 6)) {
      fields.add(
          random.nextInt(fields.size() + 1), "\"" + any(NAMES) + "\":" + value(number(0, 1000)));
    }
    if (chance(1, 4)) {
      fields.add(random.nextInt(fields.size() + 1), "\"x\":null");
    }
    String space = chance(1, 4) ? any(" ", "\n", "\t ", "\r\n  ") : "";
    String json = "{" + space + String.join("," + space, fields) + space + "}" + space;
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private void add(List<String> fields, String name, String value) {
    String space = chance(1, 20) ? any(" ", "\t", "\n\n") : "";
    fields.add("\"" + name + "\":" + space + (chance(1, 60) ? value(value) : value) + space);
  }

  private String value(String usual) {
    return switch (random.nextInt(4)) {
      case 0 -> any(NUMBERS);
      case 1 -> any(VALUES);
      case 2 -> "\"" + any(TEXTS) + "\"";
      default -> usual;
    };
  }

  private String number(long from, long to) {
    return chance(1, 30) ? any(NUMBERS) : Long.toString(random.nextLong(from, to));
  }

  private String text(String start, int most) {
    StringBuilder text = new StringBuilder(start);
    for (int more = random.nextInt(most); more > 0; more--) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    if (chance(1, 16)) {
      text.insert(random.nextInt(text.length() + 1), any(TEXTS));
    }
    return "\"" + (chance(1, 60) ? any(TEXTS) : text) + "\"";
  }

  private byte[] mutate(byte[] json) {
    int at = random.nextInt(json.length + 1);
    int length = random.nextInt(Math.min(16, json.length - at + 1));
    return switch (random.nextInt(10)) {
      case 0 -> splice(json, at, 0, new byte[] {(byte) random.nextInt(256)});
      case 1 -> splice(json, at, length, new byte[0]);
      case 2 -> splice(json, at, 0, bytes(any(TOKENS)));
      case 3 -> splice(json, at, length, bytes(any(TOKENS)));
      case 4 -> splice(json, at, 0, bytes(any(TEXTS)));
      case 5 -> splice(json, at, 0, bytes(any(NUMBERS)));
      case 6 -> splice(json, at, 0, bytes(",\"" + any(NAMES) + "\":" + value("5")));
      case 7 -> splice(json, at, length, part(kept.isEmpty() ? json : any(kept)));
      case 8 -> random.nextInt(50) == 0 ? padded(json) : Arrays.copyOf(json, at);
      default -> flipped(json);
    };
  }

  private byte[] flipped(byte[] json) {
    byte[] flipped = json.clone();
    if (flipped.length > 0) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  /// To the limit of length and a little around it, by whitespace.
  private byte[] padded(byte[] json) {
    byte[] padded = Arrays.copyOf(json, Topics.MAX_EVENT_BYTES - 1 + random.nextInt(3));
    Arrays.fill(padded, Math.min(json.length, padded.length), padded.length, (byte) ' ');
    return padded;
  }

  private byte[] part(byte[] json) {
    int from = random.nextInt(json.length + 1);
    return Arrays.copyOfRange(json, from, Math.min(json.length, from + random.nextInt(64)));
  }

  private static byte[] splice(byte[] json, int at, int length, byte[] insert) {
    byte[] spliced = Arrays.copyOf(json, json.length - length + insert.length);
    System.arraycopy(insert, 0, spliced, at, insert.length);
    System.arraycopy(json, at + length, spliced, at + insert.length, json.length - at - length);
    return spliced;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private boolean chance(int chances, int of) {
    return random.nextInt(of) < chances;
  }

  private String any(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
