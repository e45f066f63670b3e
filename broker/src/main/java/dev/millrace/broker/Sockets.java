package dev.millrace.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import org.apache.kafka.common.network.Selectable;
import org.apache.kafka.server.ServerSocketFactory;

/// The two listening sockets, bound by us before Kafka starts and handed over when it asks. So a
/// taken port is known before anything is written; and a free port that was chosen cannot be lost
/// to another program before Kafka binds it, for there is no gap between choosing and binding,
/// although the controller's port has to stand in Kafka's settings.
final class Sockets implements ServerSocketFactory, AutoCloseable {
  /// Connections that may wait for Kafka to accept them; its own default of 50 refuses a burst.
  private static final int BACKLOG = 512;

  private final String host;
  private final ServerSocketChannel clients;
  private final ServerSocketChannel controller;

  private Sockets(String host, ServerSocketChannel clients, ServerSocketChannel controller) {
    this.host = host;
    this.clients = clients;
    this.controller = controller;
  }

  /// @param port 0 takes any free one
  /// @throws BrokerException if the host is not of this machine, or the port taken or not allowed
  static Sockets bind(String host, int port) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new BrokerException("--host %s: no such host is known".formatted(host), null);
    }
    ServerSocketChannel clients = null;
    try {
      clients = listen(address);
    } catch (IOException e) {
      throw isOurs(address)
          ? new BrokerException(
              "--port %d: cannot listen on %s (%s); choose another port, or 0 for any free one"
                  .formatted(port, hostAndPort(host, port), e.getMessage()),
              e)
          : new BrokerException(
              "--host %s: is no address of this machine (%s)".formatted(host, e.getMessage()), e);
    }
    try {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      return new Sockets(
          host, clients, listen(new InetSocketAddress(loopback, BrokerConfig.ANY_PORT)));
    } catch (IOException e) {
      closeQuietly(clients);
      throw new BrokerException(
          "no free port for the controller on this machine (%s)".formatted(e.getMessage()), e);
    }
  }

  private static ServerSocketChannel listen(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      return channel.bind(address, BACKLOG);
    } catch (IOException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static boolean isOurs(InetSocketAddress address) {
    try {
      return address.getAddress().isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(address.getAddress()) != null;
    } catch (SocketException e) {
      return true;
    }
  }

  /// Called by Kafka, once for each listener.
  @Override
  public ServerSocketChannel openServerSocket(
      String listenerName, InetSocketAddress address, int backlog, int receiveBuffer)
      throws IOException {
    ServerSocketChannel channel =
        listenerName.equals(ServerSettings.CONTROLLER) ? controller : clients;
    channel.configureBlocking(false);
    if (receiveBuffer != Selectable.USE_DEFAULT_BUFFER_SIZE) {
      channel.socket().setReceiveBufferSize(receiveBuffer);
    }
    return channel;
  }

  /// Where Kafka listens for clients, as host and port.
  String clients() {
    return hostAndPort(host, clients.socket().getLocalPort());
  }

  /// Where a client on this machine connects, as host and port.
  String bootstrap() {
    String reachable = BrokerConfig.isWildcard(host) ? BrokerConfig.DEFAULT_HOST : host;
    return hostAndPort(reachable, clients.socket().getLocalPort());
  }

  InetSocketAddress controllerAddress() {
    return (InetSocketAddress) controller.socket().getLocalSocketAddress();
  }

  String controller() {
    InetSocketAddress address = controllerAddress();
    return hostAndPort(address.getAddress().getHostAddress(), address.getPort());
  }

  private static String hostAndPort(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /// Closes what Kafka did not.
  @Override
  public void close() {
    closeQuietly(clients);
    closeQuietly(controller);
  }

  private static void closeQuietly(ServerSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
