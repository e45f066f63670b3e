package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRepliesTest {
  private static String told(HttpReplies.Reply reply) {
    return reply.status()
        + " '"
        + new String(reply.body(), StandardCharsets.ISO_8859_1)
        + "' "
        + (reply.keepsAlive() ? "keeps" : "closes");
  }

  /// At once, or a byte a read: the network cuts where it wants.
  private static HttpReplies replies(String text, boolean slow) {
    InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    return new HttpReplies(
        slow
            ? new InputStream() {
              @Override
              public int read() throws IOException {
                return in.read();
              }

              @Override
              public int read(byte[] into, int from, int length) throws IOException {
                return in.read(into, from, Math.min(1, length));
              }
            }
            : in);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "202 Accepted~Content-Length: 3~~abc | 202 'abc' keeps",
        "202 ~content-length:3~~abc | 202 'abc' keeps",
        "202~Content-Length: 3~~abc | 202 'abc' keeps",
        "200 OK~Content-Length: 3, 3~Content-Length: 3~~abc | 200 'abc' keeps",
        "200 OK~Content-Length: 0~~ | 200 '' keeps",
        "200 OK~Content-Length: 3~Connection: Upgrade, Close~~abc | 200 'abc' closes",
        "200 OK~Transfer-Encoding: chunked~~3;a=b~abc~2~de~0~Trailer: x~~ | 200 'abcde' keeps",
        "200 OK~Transfer-Encoding: Chunked~~0A~0123456789~00~~ | 200 '0123456789' keeps",
        "200 OK~Transfer-Encoding: chunked~Content-Length: 9~~1~a~0~~ | 200 'a' closes",
        "200 OK~~until it closes | 200 'until it closes' closes",
        "204 No Content~~ | 204 '' keeps",
        "304 Not Modified~Content-Length: 7~~ | 304 '' keeps",
        "100 Continue~~HTTP/1.1 103 Early Hints~Link: x~~HTTP/1.1 204 No~~ | 204 '' keeps",
        "101 Switching~~ | 101 '' closes",
      })
  void readsWhatServersSay(String text, String expected) throws IOException {
    for (String end : new String[] {"\r\n", "\n"}) {
      String reply = ("HTTP/1.1 " + text).replace("~", end);
      assertEquals(expected, told(replies(reply, false).next()));
      assertEquals(expected, told(replies(reply, true).next()));
    }
  }

  @Test
  void olderServersSayThatTheyKeepAConnection() throws IOException {
    String head = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n";
    assertEquals("200 'a' closes", told(replies(head + "\r\na", false).next()));
    assertEquals(
        "200 'a' keeps", told(replies(head + "Connection: keep-alive\r\n\r\na", false).next()));
  }

  @Test
  void oneAfterTheOther() throws IOException {
    String one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    HttpReplies replies = replies(one + "a" + one + "b", true);
    assertEquals("200 'a' keeps", told(replies.next()));
    assertEquals("200 'b' keeps", told(replies.next()));
    // Nobody has asked for the second one.
    assertEquals("200 'a' closes", told(replies(one + "a" + one + "b", false).next()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 20",
        "HTTP/2 200 OK~~",
        "HTTP/1.1 2000 OK~~",
        "220 mail.example ESMTP~",
        "HTTP/1.1 200 OK~no header~~",
        "HTTP/1.1 200 OK~Content-Length: 3~~ab",
        "HTTP/1.1 200 OK~Content-Length: -3~~ab",
        "HTTP/1.1 200 OK~Content-Length: 3, 4~~abcd",
        "HTTP/1.1 200 OK~Content-Length:~~",
        "HTTP/1.1 200 OK~Content-Length: 99999999999~~",
        "HTTP/1.1 200 OK~Content-Length: 99999999999999999999~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3~abcd~0~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3~abc~0~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~x~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~FFFFFFFF~~",
        "HTTP/1.1 100 Continue~~",
      })
  void refusesWhatIsNoReplyOrNotAll(String text) {
    String reply = text.replace("~", "\r\n");
    assertThrows(IOException.class, () -> replies(reply, false).next());
    assertThrows(IOException.class, () -> replies(reply, true).next());
  }

  @Test
  void whatHasNoEndIsNotKept() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    String text =
        assertThrows(IOException.class, () -> new HttpReplies(endless).next()).getMessage();
    assertTrue(text.contains("longer than 16 KiB"), text);
    String many = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000);
    assertThrows(IOException.class, () -> replies(many, false).next());
    String body = "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(HttpReplies.MAX_BODY + 1);
    text = assertThrows(IOException.class, () -> replies(body, false).next()).getMessage();
    assertTrue(text.contains("longer than 1 MiB"), text);
  }
}
