package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real sockets: a client, the link, a server.
@Timeout(60)
class LinkTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static final long DELAY_MS = 20;

  private ServerSocket server;
  private Link link;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    link = new Link("link", ANY, DELAY_MS);
    link.leadTo((InetSocketAddress) server.getLocalSocketAddress());
  }

  @AfterEach
  void stop() throws IOException {
    link.close();
    server.close();
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), link.port());
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hear(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "too long");
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void leave(Socket socket) throws IOException {
    socket.close();
  }

  private void assertPasses() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "question");
      assertEquals("question", hear(behind, 8));
      say(behind, "answer");
      assertEquals("answer", hear(client, 6));
    }
  }

  @Test
  void passesOnWhatBothSay() throws IOException {
    assertPasses();
  }

  @Test
  void passesOnAllOfALongAnswerBeforeItsEnd() throws IOException {
    byte[] answer = new byte[3_000_000];
    for (int i = 0; i < answer.length; i++) {
      answer[i] = (byte) (i * 31);
    }
    try (Socket client = connect();
        Socket behind = server.accept()) {
      client.shutdownOutput();
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                try (behind) {
                  behind.getOutputStream().write(answer);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertArrayEquals(answer, client.getInputStream().readAllBytes());
      await(() -> !writer.isAlive());
    }
    await(() -> link.connections() == 0);
  }

  @Test
  void aCutEndsConnectionsForBothAndNewOnesPass() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "x");
      assertEquals("x", hear(behind, 1));
      link.cut();
      assertThrows(IOException.class, () -> hear(client, 1));
      assertThrows(IOException.class, () -> hear(behind, 1));
    }
    assertPasses();
  }

  @Test
  void cuttingGoesOnUntilItIsSet() throws IOException {
    link.cutRepeatedly();
    try (Socket client = connect();
        Socket behind = server.accept()) {
      assertThrows(IOException.class, () -> hear(behind, 1));
      assertThrows(IOException.class, () -> hear(client, 1));
    }
    link.set(Link.Mode.WHOLE);
    assertPasses();
  }

  @Test
  void aBlackHoleHoldsBackAndLosesNothing() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "a");
      assertEquals("a", hear(behind, 1));
      link.set(Link.Mode.BLACK_HOLE);
      say(client, "b");
      say(behind, "c");
      await(() -> link.held() == 2);
      assertEquals(0, behind.getInputStream().available());
      assertEquals(0, client.getInputStream().available());
      link.set(Link.Mode.WHOLE);
      assertEquals("b", hear(behind, 1));
      assertEquals("c", hear(client, 1));
    }
  }

  @Test
  void inABlackHoleNobodyHearsThatTheOtherHasGone() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "a");
      assertEquals("a", hear(behind, 1));
      link.set(Link.Mode.BLACK_HOLE);
      leave(client);
      await(() -> link.held() == 1);
      behind.setSoTimeout(300);
      assertThrows(SocketTimeoutException.class, () -> behind.getInputStream().read());
      link.set(Link.Mode.WHOLE);
      behind.setSoTimeout(0);
      assertEquals(-1, behind.getInputStream().read());
    }
  }

  @Test
  void inABlackHoleNobodyHearsOfAReset() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "a");
      assertEquals("a", hear(behind, 1));
      link.set(Link.Mode.BLACK_HOLE);
      client.setSoLinger(true, 0);
      leave(client);
      await(() -> link.held() == 1);
      behind.setSoTimeout(300);
      assertThrows(SocketTimeoutException.class, () -> behind.getInputStream().read());
      link.set(Link.Mode.WHOLE);
      behind.setSoTimeout(0);
      assertThrows(IOException.class, () -> hear(behind, 1));
    }
  }

  @Test
  void aClientThatIsNotHeardHears() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "a");
      assertEquals("a", hear(behind, 1));
      link.set(Link.Mode.CLIENT_UNHEARD);
      say(client, "b");
      await(() -> link.held() == 1);
      say(behind, "c");
      assertEquals("c", hear(client, 1));
      assertEquals(0, behind.getInputStream().available());
      link.set(Link.Mode.WHOLE);
      assertEquals("b", hear(behind, 1));
    }
  }

  @Test
  void whatIsHeldBackOfAClientNeverArrivesAfterACut() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "a");
      assertEquals("a", hear(behind, 1));
      link.set(Link.Mode.CLIENT_UNHEARD);
      say(client, "b");
      leave(client);
      await(() -> link.held() == 1);
      link.cut();
      link.set(Link.Mode.WHOLE);
      assertThrows(IOException.class, () -> hear(behind, 1));
    }
    await(() -> link.connections() == 0);
  }

  @Test
  void tellsWhatAFaultDid() throws IOException {
    link.set(Link.Mode.HALF_OPEN);
    assertEquals(0, link.takeEffect());
    link.set(Link.Mode.WHOLE);
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "x");
      assertEquals("x", hear(behind, 1));
      link.cut();
      assertEquals(1, link.takeEffect());
      assertEquals(0, link.takeEffect());
    }
  }

  @Test
  void aConnectionMadeInABlackHoleArrivesWhenItIsOver() throws IOException {
    link.set(Link.Mode.BLACK_HOLE);
    try (Socket client = connect()) {
      say(client, "x");
      await(() -> link.held() == 1);
      link.set(Link.Mode.WHOLE);
      try (Socket behind = server.accept()) {
        assertEquals("x", hear(behind, 1));
      }
    }
  }

  @Test
  void ofAHalfOpenConnectionTheClientHearsWhenItIsOver() throws IOException {
    try (Socket client = connect();
        Socket behind = server.accept()) {
      say(client, "x");
      assertEquals("x", hear(behind, 1));
      link.set(Link.Mode.HALF_OPEN);
      assertThrows(IOException.class, () -> hear(behind, 1));
      // More than any buffer takes: it is read, and goes nowhere.
      client.getOutputStream().write(new byte[20_000_000]);
      assertEquals(0, client.getInputStream().available());
      link.set(Link.Mode.WHOLE);
      assertThrows(IOException.class, () -> hear(client, 1));
    }
    assertPasses();
  }

  @Test
  void slowIsLateAndComplete() throws IOException {
    link.set(Link.Mode.SLOW);
    long start = System.nanoTime();
    assertPasses();
    // Never sooner; later it may be.
    assertTrue(System.nanoTime() - start >= 2 * DELAY_MS * 1_000_000);
    assertTrue(link.delayed() >= 2, link.delayed() + " delayed");
  }

  @Test
  void leadsNewConnectionsToAnotherServer() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      link.leadTo((InetSocketAddress) other.getLocalSocketAddress());
      try (Socket client = connect();
          Socket behind = other.accept()) {
        say(client, "x");
        assertEquals("x", hear(behind, 1));
      }
    }
  }

  @Test
  void leadsEachPortToItsOwnServerAndIsBrokenForAll() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      int door = link.listen(ANY);
      link.leadTo(door, (InetSocketAddress) other.getLocalSocketAddress());
      try (Socket client = connect();
          Socket behind = server.accept();
          Socket second = new Socket(InetAddress.getLoopbackAddress(), link.port(door));
          Socket behindSecond = other.accept()) {
        say(client, "a");
        say(second, "b");
        assertEquals("a", hear(behind, 1));
        assertEquals("b", hear(behindSecond, 1));
        link.set(Link.Mode.BLACK_HOLE);
        say(client, "c");
        say(second, "d");
        await(() -> link.held() == 2);
        assertEquals(0, behind.getInputStream().available());
        assertEquals(0, behindSecond.getInputStream().available());
        link.set(Link.Mode.WHOLE);
        assertEquals("c", hear(behind, 1));
        assertEquals("d", hear(behindSecond, 1));
        link.cut();
        assertThrows(IOException.class, () -> hear(client, 1));
        assertThrows(IOException.class, () -> hear(second, 1));
      }
      // Two pieces held back, and two connections cut.
      assertEquals(4, link.takeEffect());
    }
    assertPasses();
  }

  @Test
  void aServerThatIsAwayIsAConnectionThatEnds() throws IOException {
    server.close();
    try (Socket client = connect()) {
      assertThrows(
          IOException.class,
          () -> {
            // An end without an error would be an answer.
            if (client.getInputStream().read() < 0) {
              throw new AssertionError("ended well");
            }
          });
    }
  }
}
