package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadTest {
  private static final InFlight IN_FLIGHT = new InFlight(1L << 40);
  private static final String HOST = "Host: h\r\n";

  @Test
  void readsWhatTheEdgeNeeds() throws Exception {
    RequestHead head =
        read(
            String.join(
                "\r\n",
                "POST /v1/events?atomic=true HTTP/1.1",
                "hOST: h",
                "content-LENGTH:  12 ",
                "Content-Type: Application/JSON; charset=utf-8",
                "Content-Encoding: GZIP",
                "Authorization: bearer abc",
                "Idempotency-Key: k 1",
                "Expect: 100-Continue",
                "X-Other: ä\t;",
                "",
                ""));
    assertEquals("POST", head.method());
    assertEquals("/v1/events", head.path());
    assertTrue(head.isAsked("atomic"));
    assertEquals(12, head.contentLength());
    assertEquals("application/json", head.mediaType());
    assertEquals("gzip", head.contentEncoding());
    assertEquals("abc", head.apiKey());
    assertEquals("k 1", head.idempotencyKey());
    assertTrue(head.expectsContinue());
    assertTrue(head.keepsAlive());
    assertFalse(head.isChunked());
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1, '', true",
    "HTTP/1.1, 'Connection: close', false",
    "HTTP/1.1, 'Connection: x, CLOSE', false",
    "HTTP/1.0, '', false",
    "HTTP/1.0, 'Connection: keep-alive', true",
    "HTTP/1.0, 'Connection: keep-alive, close', false",
  })
  void knowsWhetherTheConnectionStays(String version, String header, boolean stays)
      throws Exception {
    String line = header.isEmpty() ? "" : header + "\r\n";
    assertEquals(stays, read("GET / " + version + "\r\n" + HOST + line + "\r\n").keepsAlive());
  }

  @Test
  void readsAnAbsoluteTarget() throws Exception {
    assertEquals("/metrics", read("GET http://h:1/metrics HTTP/1.1\r\n" + HOST + "\r\n").path());
    assertEquals("/", read("GET http://h HTTP/1.1\r\n" + HOST + "\r\n").path());
  }

  @Test
  void forgivesEmptyLinesBeforeARequest() throws Exception {
    assertEquals("/a", read("\r\n\r\nGET /a HTTP/1.1\r\n" + HOST + "\r\n").path());
  }

  @ParameterizedTest
  @CsvSource({
    "400, 'GET'",
    "400, 'GET /'",
    "400, 'GET  HTTP/1.1'",
    "400, 'GET / HTTP/1.1 '",
    "400, 'GET / http/1.1'",
    "400, 'G(T / HTTP/1.1'",
    "400, 'GET * HTTP/1.1'",
    "400, 'GET a HTTP/1.1'",
    "400, 'GET /ä HTTP/1.1'",
    "505, 'GET / HTTP/2.0'",
    "505, 'GET / HTTP/0.9'",
  })
  void refusesRequestLines(int status, String line) {
    assertEquals(status, refusal(line + "\r\n" + HOST + "\r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: -1",
        "Content-Length: +1",
        "Content-Length: 1x",
        "Content-Length: 1, 1",
        "Content-Length:",
        "Content-Length: 1\r\nContent-Length: 1",
        "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 1",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Host: two",
        "No colon",
        ": no name",
        "Space : before",
        " Folded: line",
        "X: folded\r\n line",
        "X: bare\rreturn",
        "X: bare\nfeed",
        "X: null\0byte",
        "X-Api-Key: a\r\nX-Api-Key: b",
      })
  void refusesWhatCouldBeUnderstoodInTwoWays(String headers) {
    assertEquals(400, refusal("POST / HTTP/1.1\r\n" + HOST + headers + "\r\n\r\n"));
  }

  @Test
  void refusesWhatItCannotDo() {
    assertEquals(501, refusal("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: gzip\r\n\r\n"));
    assertEquals(417, refusal("POST / HTTP/1.1\r\n" + HOST + "Expect: tea\r\n\r\n"));
    assertEquals(400, refusal("GET / HTTP/1.1\r\n\r\n"));
    assertEquals(400, refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"));
  }

  @Test
  void refusesHeadsBeyondTheLimits() {
    assertEquals(414, refusal("GET /" + "a".repeat(20_000)));
    assertEquals(431, refusal("GET / HTTP/1.1\r\nX: " + "a".repeat(20_000)));
    assertEquals(431, refusal("GET / HTTP/1.1\r\n" + "A: b\r\n".repeat(101) + HOST + "\r\n"));
    assertEquals(400, refusal("GET / HTTP/1.1\r\nHost: h"));
  }

  @Test
  void aLengthBeyondAnyNumberIsTooLargeAndNotBroken() throws Exception {
    String length = "Content-Length: " + "9".repeat(40);
    assertEquals(
        Long.MAX_VALUE, read("POST / HTTP/1.1\r\n" + HOST + length + "\r\n\r\n").contentLength());
  }

  @Test
  void isReadTheSameInWhateverPiecesItComes() throws Exception {
    String request = "POST /v1/events HTTP/1.1\r\n" + HOST + "X: " + "y".repeat(5_000) + "\r\n\r\n";
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      ConnectionInput in = new ConnectionInput(new Pieces(request + "rest", random), IN_FLIGHT);
      assertEquals("/v1/events", in.head().path());
      byte[] rest = new byte[4];
      in.readFully(rest, 0, 4);
      assertEquals("rest", new String(rest, StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void anyBytesAreReadOrRefused() throws Exception {
    String valid = "POST /v1/events HTTP/1.1\r\n" + HOST + "Content-Length: 3\r\nX: y\r\n\r\n";
    Random random = new Random(2);
    int refused = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = valid.getBytes(StandardCharsets.ISO_8859_1);
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        var _ = new ConnectionInput(new ByteArrayInputStream(bytes), IN_FLIGHT).head();
      } catch (Refusal e) {
        refused++;
      }
    }
    assertTrue(refused > 10_000, "refused " + refused);
  }

  /// Hands out a text in pieces of random length.
  private static final class Pieces extends InputStream {
    private final ByteArrayInputStream bytes;
    private final Random random;

    Pieces(String text, Random random) {
      this.bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
      this.random = random;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int from, int length) {
      return bytes.read(target, from, Math.min(length, 1 + random.nextInt(40)));
    }
  }

  private static RequestHead read(String text) throws IOException, Refusal {
    return new ConnectionInput(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)), IN_FLIGHT)
        .head();
  }

  private static int refusal(String text) {
    return assertThrows(Refusal.class, () -> read(text)).answer().status();
  }
}
