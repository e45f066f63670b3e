package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestBodyTest {
  private static final int MAX = 100_000;

  private final InFlight inFlight = new InFlight(1 << 20);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private ConnectionInput in;

  @Test
  void readsABodyOfKnownLength() throws Exception {
    assertEquals("hello", read("Content-Length: 5", "hello, next"));
    assertEquals("", read("Content-Length: 0", ""));
  }

  @Test
  void readsChunksOfAnySize() throws Exception {
    byte[] expected = new byte[MAX];
    new Random(3).nextBytes(expected);
    Random random = new Random(4);
    for (int round = 0; round < 20; round++) {
      ByteArrayOutputStream chunks = new ByteArrayOutputStream();
      for (int at = 0; at < expected.length; ) {
        int size = Math.min(expected.length - at, 1 + random.nextInt(20_000));
        chunks.writeBytes(
            (Integer.toHexString(size) + ";ext=1\r\n").getBytes(StandardCharsets.US_ASCII));
        chunks.write(expected, at, size);
        chunks.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        at += size;
      }
      chunks.writeBytes("0\r\nTrailer: x\r\n\r\nnext".getBytes(StandardCharsets.US_ASCII));
      try (RequestBody body = body("Transfer-Encoding: chunked", chunks.toByteArray())) {
        body.read();
        assertTrue(
            Arrays.equals(expected, Arrays.copyOf(body.content(), body.length())),
            "round " + round);
        assertTrue(inFlight.held() >= expected.length);
      }
      assertTrue(in.skip(4));
      assertFalse(in.skip(1));
    }
    assertEquals(0, inFlight.held());
  }

  @ParameterizedTest
  @CsvSource({
    "400, 'x\r\n'",
    "400, '-1\r\n'",
    "400, '\r\n'",
    "400, '5\nhello'",
    "400, ' 5\r\nhello\r\n0\r\n\r\n'",
    "400, '5;a\rb\r\nhello\r\n0\r\n\r\n'",
    "400, '5\r\nhello\r\n0\r\nno trailer\r\n\r\n'",
    "400, '5\r\nhello\r\n0\r\na: \0\r\n\r\n'",
    "400, '5\r\nhello!\r\n0\r\n\r\n'",
    "400, '5\r\nhel'",
    "400, '5\r\nhello\r\n'",
    "413, 'fffffff\r\n'",
    "413, 'ffffffffffffffff\r\n'",
    "400, '11111111111111111\r\n'",
    "413, '18000\r\n'",
  })
  void refusesBrokenChunks(int status, String chunks) {
    String text = chunks.equals("18000\r\n") ? chunk(0x18000) + chunk(0x18000) : chunks;
    assertEquals(status, refusal("Transfer-Encoding: chunked", text));
    assertEquals(0, inFlight.held());
  }

  private static String chunk(int size) {
    return Integer.toHexString(size) + "\r\n" + "x".repeat(size) + "\r\n";
  }

  @Test
  void anEndlessChunkLineIsNotKept() {
    assertEquals(400, refusal("Transfer-Encoding: chunked", "5;" + "x".repeat(1_000_000)));
    assertEquals(
        431, refusal("Transfer-Encoding: chunked", "0\r\n" + "a: b\r\n".repeat(100) + "\r\n"));
  }

  @Test
  void refusesWhatIsTooLongOrHasNoLength() {
    assertEquals(413, refusal("Content-Length: 100001", ""));
    assertEquals(413, refusal("Content-Length: 99999999999999999999", ""));
    assertEquals(411, refusal("X: y", ""));
    assertEquals(400, refusal("Content-Length: 6", "hello"));
    assertEquals(415, refusal("Content-Encoding: br\r\nContent-Length: 5", "hello"));
  }

  @Test
  void unpacksGzip() throws Exception {
    String text = "{\"a\":1}\n".repeat(10_000);
    byte[] packed = gzip(text);
    try (RequestBody body = body(gzipOf(packed.length), packed)) {
      body.read();
      assertEquals(text, new String(body.content(), 0, body.length(), StandardCharsets.ISO_8859_1));
      assertTrue(inFlight.held() >= text.length() + packed.length);
    }
    assertEquals(0, inFlight.held());
  }

  @Test
  void refusesBrokenGzipWhereverItBreaks() throws Exception {
    byte[] packed = gzip("{\"a\":1}\n".repeat(100));
    for (int length = 0; length < packed.length; length++) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertEquals(400, refusal(gzipOf(length), cut), "length " + length);
    }
    assertEquals(400, refusal(gzipOf(5), "hello".getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void refusesAGzipBombBeforeItIsUnpacked() throws Exception {
    byte[] packed = gzip("0".repeat(50_000_000));
    assertTrue(packed.length < MAX);
    assertEquals(413, refusal(gzipOf(packed.length), packed));
    assertEquals(0, inFlight.held());
  }

  @Test
  void refusesAtOnceWhenThereIsNoRoom() throws Exception {
    InFlight.Lease other = inFlight.lease();
    assertTrue(other.grow(inFlight.limit() - 10));
    assertEquals(503, refusal("Content-Length: 11", "hello, world"));
    assertEquals("hello, wor", read("Content-Length: 10", "hello, world"));
    byte[] packed = gzip("0".repeat(50_000));
    assertTrue(other.grow(-packed.length));
    assertEquals(503, refusal(gzipOf(packed.length), packed));
    other.close();
    assertEquals(0, inFlight.held());
  }

  @Test
  void asksForABodyThatWaitsForThat() throws Exception {
    read("Expect: 100-continue\r\nContent-Length: 5", "hello");
    assertEquals("HTTP/1.1 100 Continue\r\n\r\n", out.toString(StandardCharsets.US_ASCII));
    out.reset();
    refusal("Expect: 100-continue\r\nContent-Length: 100001", "");
    assertEquals("", out.toString(StandardCharsets.US_ASCII));
  }

  @Test
  void skipsASmallBodyThatNobodyWants() throws Exception {
    try (RequestBody body = body("Content-Length: 5", bytes("hellonext"))) {
      assertTrue(body.skip());
    }
    assertTrue(in.skip(4));
    try (RequestBody body = body("Transfer-Encoding: chunked", bytes("5\r\nhello\r\n0\r\n\r\n"))) {
      assertFalse(body.skip());
    }
    try (RequestBody body = body("Content-Length: 5\r\nExpect: 100-continue", bytes("hello"))) {
      assertFalse(body.skip());
    }
  }

  private static String gzipOf(int length) {
    return "Content-Encoding: gzip\r\nContent-Length: " + length;
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes(text));
    }
    return packed.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private RequestBody body(String headers, byte[] content) throws IOException, Refusal {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(bytes("POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n\r\n"));
    request.writeBytes(content);
    in = new ConnectionInput(new ByteArrayInputStream(request.toByteArray()), new InFlight(MAX));
    return new RequestBody(in.head(), in, out, inFlight, MAX, () -> {});
  }

  private String read(String headers, String content) throws IOException, Refusal {
    try (RequestBody body = body(headers, bytes(content))) {
      body.read();
      return new String(body.content(), 0, body.length(), StandardCharsets.ISO_8859_1);
    }
  }

  private int refusal(String headers, String content) {
    return refusal(headers, bytes(content));
  }

  private int refusal(String headers, byte[] content) {
    return assertThrows(
            Refusal.class,
            () -> {
              try (RequestBody body = body(headers, content)) {
                body.read();
              }
            })
        .answer()
        .status();
  }
}
