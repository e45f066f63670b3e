package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.RequestEventCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogReaderTest {
  private static final String COMBINED =
      "1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl\"";
  private static final String NGINX = COMBINED + " 0.123";
  private static final String NDJSON =
      "{\"time\":1431857103000,\"service\":\"shop\",\"route\":\"/b\",\"status\":200}";

  @TempDir private Path directory;

  @Test
  void handsOutEachLineWithItsNumber() throws IOException {
    List<LogLine> lines = read(COMBINED + "\nno log\n" + COMBINED + "\n", LogFormat.COMBINED);
    assertEquals(3, lines.size());
    LogLine.Event event = assertInstanceOf(LogLine.Event.class, lines.get(0));
    assertEquals(1, event.number());
    assertEquals("line-1", event.event().id());
    assertEquals("shop", event.event().service());
    assertEquals(event.event(), new RequestEventCodec().decode(event.json()));
    LogLine.Rejected rejected = assertInstanceOf(LogLine.Rejected.class, lines.get(1));
    assertEquals(2, rejected.number());
    assertArrayEquals(bytes("no log"), rejected.raw());
    assertTrue(rejected.reason().startsWith("no time such as"), rejected.reason());
    assertEquals(3, lines.get(2).number());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void passesOverBlankLinesAndTheEndsOfLines(String newline) throws IOException {
    String text = String.join(newline, "", COMBINED, "  ", "\t", "x", "", "y");
    List<LogLine> lines = read(text, LogFormat.COMBINED);
    assertEquals(List.of(2L, 5L, 7L), lines.stream().map(LogLine::number).toList());
    assertArrayEquals(bytes("x"), ((LogLine.Rejected) lines.get(1)).raw());
    assertArrayEquals(bytes("y"), ((LogLine.Rejected) lines.get(2)).raw());
  }

  @ParameterizedTest
  @EnumSource
  void emptyLogHasNoLines(LogFormat format) throws IOException {
    assertEquals(List.of(), read("", format));
    assertEquals(List.of(), read("\n\r\n  \n", format));
  }

  @Test
  void ndjsonIsHandedOutAsItCame() throws IOException {
    String odd =
        " {\"route\":\"/\\u0062\", \"x\":[1,{}],\"time\":1,\"service\":\"é\",\"status\":200} ";
    List<LogLine> lines = read(NDJSON + "\r\n" + odd + "\n{\"time\":1}\n", LogFormat.NDJSON);
    LogLine.Event second = assertInstanceOf(LogLine.Event.class, lines.get(1));
    assertArrayEquals(bytes(NDJSON), ((LogLine.Event) lines.get(0)).json());
    assertArrayEquals(bytes(odd), second.json());
    assertEquals("/b", second.event().route());
    assertEquals("é", second.event().service());
    assertEquals("required field 'service' is missing", ((LogLine.Rejected) lines.get(2)).reason());
  }

  @Test
  void bytesThatAreNotUtf8AreKeptInRejects() throws IOException {
    byte[] line = {'{', (byte) 0xff, (byte) 0xc3, 0, '}'};
    for (LogFormat format : LogFormat.values()) {
      LogLine only = all(reader(line, format)).getFirst();
      assertArrayEquals(line, assertInstanceOf(LogLine.Rejected.class, only).raw());
    }
  }

  @Test
  void byteOrderMarkIsNoPartOfTheFirstLine() throws IOException {
    String second = "\ufeff" + NDJSON;
    LogReader reader = reader(bytes("\ufeff" + NDJSON + "\n" + second), LogFormat.AUTO);
    assertEquals(LogFormat.NDJSON, reader.format());
    assertArrayEquals(bytes(NDJSON), assertInstanceOf(LogLine.Event.class, reader.next()).json());
    assertArrayEquals(bytes(second), assertInstanceOf(LogLine.Event.class, reader.next()).json());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void longestLineIsReadAndALongerOneRejected(String newline) throws IOException {
    String longest = COMBINED + " ".repeat(LogReader.MAX_LINE_BYTES - COMBINED.length());
    for (String mark : List.of("", "\ufeff")) {
      String text =
          String.join(
              newline,
              mark + longest,
              longest + " ",
              longest.repeat(5),
              longest,
              COMBINED,
              longest + " ");
      InputStream in = dribble(bytes(text), () -> 1);
      List<LogLine> lines = all(LogReader.of(in, "x", LogFormat.COMBINED, "shop"));
      assertEquals(
          List.of(true, false, false, true, true, false),
          lines.stream().map(LogLine.Event.class::isInstance).toList());
      assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), lines.stream().map(LogLine::number).toList());
      LogLine.Rejected rejected = (LogLine.Rejected) lines.get(2);
      assertEquals("line is longer than 65536 bytes", rejected.reason());
      assertArrayEquals(bytes(longest), rejected.raw());
    }
  }

  @Test
  void longestLineIsWholeAfterAByteOrderMark() throws IOException {
    String longest = NDJSON + " ".repeat(LogReader.MAX_LINE_BYTES - NDJSON.length());
    InputStream in = dribble(bytes("\ufeff" + longest + "\r\n"), () -> 1);
    List<LogLine> lines = all(LogReader.of(in, "x", LogFormat.NDJSON, "shop"));
    assertArrayEquals(
        bytes(longest), assertInstanceOf(LogLine.Event.class, lines.getFirst()).json());
  }

  @Test
  void linesDoNotDependOnHowTheBytesArrive() throws IOException {
    Random random = new Random(3);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      int length = random.nextInt(random.nextInt(20) == 0 ? 150_000 : 300);
      text.append("x".repeat(length)).append(random.nextBoolean() ? "\n" : "\r\n");
    }
    List<String> expected =
        text.toString()
            .lines()
            .filter(line -> !line.isEmpty())
            .map(line -> line.substring(0, Math.min(line.length(), LogReader.MAX_LINE_BYTES)))
            .toList();
    byte[] bytes = bytes(text.toString());
    InputStream in = dribble(bytes, () -> 1 + random.nextInt(70_000));
    LogReader reader = LogReader.of(in, "x", LogFormat.AUTO, "shop");
    List<String> lines =
        all(reader).stream()
            .map(line -> new String(((LogLine.Rejected) line).raw(), StandardCharsets.UTF_8))
            .toList();
    assertEquals(expected, lines);
  }

  @Test
  void gzipIsRecognisedByItsBytes() throws IOException {
    Path file = directory.resolve("access.log");
    Files.write(file, gzip(bytes(COMBINED + "\n" + COMBINED)));
    try (LogReader reader = LogReader.open(file, LogFormat.COMBINED, "shop")) {
      assertEquals(2, all(reader).size());
    }
    Path plain = directory.resolve("plain.gz");
    Files.writeString(plain, COMBINED);
    try (LogReader reader = LogReader.open(plain, LogFormat.COMBINED, "shop")) {
      assertEquals(1, all(reader).size());
    }
  }

  @Test
  void gzipFilesMayBeConcatenated() throws IOException {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(gzip(bytes(COMBINED + "\n" + COMBINED.substring(0, 20))));
    both.write(gzip(bytes(COMBINED.substring(20) + "\n")));
    // A pipe says that nothing is available although more is to come.
    InputStream pipe =
        new ByteArrayInputStream(both.toByteArray()) {
          @Override
          public synchronized int available() {
            return 0;
          }
        };
    List<LogLine> lines = all(LogReader.of(pipe, "pipe", LogFormat.COMBINED, "shop"));
    assertEquals(2, lines.size());
    assertInstanceOf(LogLine.Event.class, lines.get(1));
  }

  @ParameterizedTest
  @EnumSource
  void truncatedGzipIsAnErrorAfterItsLines(LogFormat format) throws IOException {
    Random random = new Random(1);
    String text =
        IntStream.range(0, 1000)
            .mapToObj(i -> COMBINED + random.nextLong())
            .collect(Collectors.joining("\n"));
    byte[] whole = gzip(bytes(text));
    byte[] half = Arrays.copyOf(whole, whole.length / 2);
    LogReader reader = LogReader.of(new ByteArrayInputStream(half), "a.log.gz", format, "shop");
    List<LogLine> lines = new ArrayList<>();
    IOException error =
        assertThrows(
            IOException.class,
            () -> {
              for (LogLine line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
              }
            });
    assertTrue(lines.size() > 100, "lines " + lines.size());
    assertEquals(
        "a.log.gz is cut short: its gzip data ends in the middle after line " + lines.size(),
        error.getMessage());
    assertEquals(error, assertThrows(IOException.class, reader::next));
  }

  @Test
  void failureWithinTheSampleComesAfterTheLinesBefore() throws IOException {
    LogReader reader =
        LogReader.of(
            failingAfter(bytes(NGINX + "\n" + NGINX + "\n" + NGINX)),
            "pipe",
            LogFormat.AUTO,
            "shop");
    assertEquals(LogFormat.NGINX, reader.format());
    assertEquals(1, reader.next().number());
    assertEquals(2, reader.next().number());
    assertEquals(
        "cannot read pipe after line 2: the disk is gone",
        assertThrows(IOException.class, reader::next).getMessage());
  }

  @Test
  void brokenGzipIsAnErrorWithTheNameOfTheLog() throws IOException {
    byte[] zipped = gzip(bytes(COMBINED));
    zipped[zipped.length - 8] ^= 1;
    assertEquals(
        "x is damaged: its gzip data makes no sense (Corrupt GZIP trailer)",
        assertThrows(IOException.class, () -> all(reader(zipped, LogFormat.AUTO))).getMessage());
    byte[] header = {0x1f, (byte) 0x8b};
    assertEquals(
        "x is cut short: its gzip data ends in the middle",
        assertThrows(IOException.class, () -> reader(header, LogFormat.AUTO)).getMessage());
  }

  @Test
  void missingFileAndDirectoryAreNamedInTheError() {
    Path missing = directory.resolve("none.log");
    assertEquals(
        "cannot read " + missing + ": there is no such file",
        assertThrows(
                IOException.class, () -> LogReader.open(missing, LogFormat.AUTO, "shop").close())
            .getMessage());
    assertEquals(
        "cannot read " + directory + ": it is a directory",
        assertThrows(
                IOException.class, () -> LogReader.open(directory, LogFormat.AUTO, "shop").close())
            .getMessage());
  }

  @Test
  void closesTheStreamEvenIfItCannotBegin() throws IOException {
    AtomicBoolean closed = new AtomicBoolean();
    InputStream in =
        new ByteArrayInputStream(bytes(COMBINED)) {
          @Override
          public void close() {
            closed.set(true);
          }
        };
    assertThrows(
        IllegalArgumentException.class, () -> LogReader.of(in, "x", LogFormat.COMBINED, "a|b"));
    assertTrue(closed.getAndSet(false));
    LogReader.of(in, "x", LogFormat.COMBINED, "shop").close();
    assertTrue(closed.get());
  }

  @Test
  void autoTakesWhatMostOfTheSampleIs() throws IOException {
    assertEquals(LogFormat.NDJSON, detected(NDJSON, "x", "{", COMBINED));
    assertEquals(LogFormat.NGINX, detected("", NGINX, "x", "y", "z", NGINX, COMBINED));
    assertEquals(LogFormat.COMBINED, detected(COMBINED, NGINX, COMBINED));
    assertEquals(LogFormat.COMBINED, detected(COMBINED + " \"-\"", COMBINED + " 0.12", NDJSON));
    assertEquals(LogFormat.COMBINED, detected("x", "y"));
    assertEquals(LogFormat.COMBINED, detected());
  }

  @Test
  void autoLooksAtTheFirstTwentyLinesAndLosesNone() throws IOException {
    String text = (COMBINED + "\n\n").repeat(20) + (NGINX + "\n").repeat(100);
    LogReader reader = reader(bytes(text), LogFormat.AUTO);
    assertEquals(LogFormat.COMBINED, reader.format());
    List<LogLine> lines = all(reader);
    assertEquals(120, lines.size());
    assertEquals(140, lines.getLast().number());
    assertNull(reader.next());
  }

  @Test
  void readsTheRealFileWithoutAReject() throws IOException {
    Path data = Path.of(System.getProperty("millrace.data", "../../shared/data"));
    Path file = data.resolve("apache_combined_10k.log.gz");
    assumeTrue(Files.exists(file), () -> "no " + file + "; set -Dmillrace.data");
    try (LogReader reader = LogReader.open(file, LogFormat.AUTO, "shop")) {
      assertEquals(LogFormat.COMBINED, reader.format());
      List<LogLine> lines = all(reader);
      assertEquals(10_000, lines.size());
      assertFalse(lines.stream().anyMatch(LogLine.Rejected.class::isInstance));
      assertEquals(10_000, lines.getLast().number());
    }
  }

  @Test
  void formatsAreNamedInLowerCase() {
    assertEquals(
        List.of("auto", "combined", "nginx", "ndjson"),
        Arrays.stream(LogFormat.values()).map(LogFormat::toString).toList());
    assertEquals(LogFormat.NGINX, LogFormat.parse("nginx"));
    assertEquals(
        "unknown log format 'csv': use auto, combined, nginx or ndjson",
        assertThrows(IllegalArgumentException.class, () -> LogFormat.parse("csv")).getMessage());
  }

  /// A stream that hands out no more at once than it is told to, as a pipe does.
  private static InputStream dribble(byte[] bytes, IntSupplier atOnce) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] into, int off, int len) {
        return super.read(into, off, Math.min(len, atOnce.getAsInt()));
      }

      @Override
      public synchronized int available() {
        return 0;
      }
    };
  }

  private static InputStream failingAfter(byte[] bytes) {
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the disk is gone");
          }

          @Override
          public int read(byte[] into, int off, int len) throws IOException {
            return read();
          }
        };
    return new SequenceInputStream(new ByteArrayInputStream(bytes), failing);
  }

  private static LogFormat detected(String... lines) throws IOException {
    return reader(bytes(String.join("\n", lines)), LogFormat.AUTO).format();
  }

  private static List<LogLine> read(String text, LogFormat format) throws IOException {
    return all(reader(bytes(text), format));
  }

  private static LogReader reader(byte[] bytes, LogFormat format) throws IOException {
    return LogReader.of(new ByteArrayInputStream(bytes), "x", format, "shop");
  }

  private static List<LogLine> all(LogReader reader) throws IOException {
    List<LogLine> lines = new ArrayList<>();
    for (LogLine line = reader.next(); line != null; line = reader.next()) {
      lines.add(line);
    }
    return lines;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
