package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class SocketsTest {
  @Test
  void takesFreePortsForZero() {
    try (Sockets sockets = Sockets.bind("127.0.0.1", 0)) {
      assertNotEquals(sockets.clients(), sockets.controller());
      assertTrue(sockets.bootstrap().matches("127\\.0\\.0\\.1:[1-9][0-9]*"));
    }
  }

  @Test
  void refusesPortThatIsTaken() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();
      assertEquals(
          "--port %d: cannot listen on 127.0.0.1:%d (Address already in use);".formatted(port, port)
              + " choose another port, or 0 for any free one",
          refusal("127.0.0.1", port));
    }
  }

  @Test
  void refusesAddressOfAnotherMachine() {
    // From the block that RFC 5737 keeps for documentation.
    assertTrue(
        refusal("192.0.2.1", 0).startsWith("--host 192.0.2.1: is no address of this machine"));
  }

  @Test
  void tellsLocalClientsAnAddressTheyCanConnectTo() {
    try (Sockets sockets = Sockets.bind("0.0.0.0", 0)) {
      assertTrue(sockets.clients().startsWith("0.0.0.0:"));
      assertTrue(sockets.bootstrap().startsWith("127.0.0.1:"));
    }
  }

  @Test
  void handsKafkaTheSocketsItHolds() throws IOException {
    try (Sockets sockets = Sockets.bind("127.0.0.1", 0)) {
      InetSocketAddress controller = sockets.controllerAddress();
      assertEquals(
          controller,
          sockets
              .openServerSocket(ServerSettings.CONTROLLER, controller, 1, 1 << 16)
              .getLocalAddress());
    }
  }

  private static String refusal(String host, int port) {
    return assertThrows(BrokerException.class, () -> Sockets.bind(host, port)).getMessage();
  }
}
