package dev.millrace.loadgen;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// A connection to an edge over which one request after the other is sent, in blocking code and by
/// one thread. What takes too long is ended from outside, by [#expire(long)]: time-outs of a socket
/// are for each read, and for no write.
final class EdgeConnection implements AutoCloseable {
  /// For the last words of TLS.
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final HttpTargetConfig config;
  private final String host;
  private final int port;
  private final boolean secure;
  private final ByteBuffer unasked = ByteBuffer.allocate(1);
  private volatile SocketChannel channel;
  private Socket socket;
  private OutputStream out;
  private HttpReplies replies;

  private volatile long deadline;
  private volatile boolean timed;
  private volatile boolean expired;
  private long allowedNanos;

  EdgeConnection(HttpTargetConfig config) {
    this.config = config;
    URI url = config.url();
    secure = "https".equalsIgnoreCase(url.getScheme());
    port = url.getPort() >= 0 ? url.getPort() : secure ? 443 : 80;
    // An IPv6 address is in brackets in a URL, and nowhere else.
    host = url.getHost().replaceAll("^\\[|]$", "");
  }

  /// Connects, closing what was there before. Whatever goes wrong here, no request was sent.
  ///
  /// @param nanos for each address that the host has, and for the handshake of TLS
  void connect(long nanos) throws IOException {
    close();
    try {
      allow(nanos);
      Socket raw = raw(nanos);
      raw.setTcpNoDelay(true);
      if (secure) {
        allow(nanos);
        raw = tls(raw);
      }
      out = raw.getOutputStream();
      replies = new HttpReplies(raw.getInputStream());
      socket = raw;
    } catch (IOException e) {
      closeChannel();
      throw expired(e);
    } finally {
      timed = false;
    }
  }

  private Socket raw(long nanos) throws IOException {
    IOException failure = null;
    for (InetAddress address : InetAddress.getAllByName(host)) {
      allow(nanos);
      try {
        channel = SocketChannel.open();
        channel.connect(new InetSocketAddress(address, port));
        return channel.socket();
      } catch (ClosedByInterruptException e) {
        throw e;
      } catch (IOException e) {
        failure = expired(e);
        closeChannel();
      }
    }
    throw failure;
  }

  private Socket tls(Socket raw) throws IOException {
    SSLContext context;
    try {
      context = config.trust().isPresent() ? config.trust().get() : SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("TLS: the trust store cannot be read: " + e.getMessage(), e);
    }
    SSLSocket talking = (SSLSocket) context.getSocketFactory().createSocket(raw, host, port, true);
    SSLParameters parameters = talking.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    talking.setSSLParameters(parameters);
    talking.startHandshake();
    return talking;
  }

  /// Whether there is one, as far as is known without looking.
  boolean isOpen() {
    return socket != null;
  }

  /// Whether the other side has neither closed it nor said something that nobody has asked for.
  boolean isUsable() {
    if (socket == null) {
      return false;
    }
    try {
      SocketChannel raw = channel;
      raw.configureBlocking(false);
      unasked.clear();
      boolean silent = raw.read(unasked) == 0;
      raw.configureBlocking(true);
      return silent;
    } catch (IOException e) {
      return false;
    }
  }

  /// Sends a request and reads its answer. After an error the connection is closed, and it is not
  /// known what became of the request.
  ///
  /// @param request head and body
  /// @param nanos for all of it
  HttpReplies.Reply exchange(ByteArrayOutputStream request, long nanos) throws IOException {
    allow(nanos);
    boolean kept = false;
    try {
      IOException cut = null;
      try {
        request.writeTo(out);
      } catch (IOException e) {
        // Who refuses a request need not read all of it, and may have said why.
        cut = e;
      }
      HttpReplies.Reply reply;
      try {
        reply = replies.next();
      } catch (IOException e) {
        throw expired(cut == null ? e : cut);
      }
      kept = cut == null && reply.keepsAlive();
      return reply;
    } finally {
      timed = false;
      if (!kept) {
        close();
      }
    }
  }

  private void allow(long nanos) {
    allowedNanos = nanos;
    expired = false;
    deadline = System.nanoTime() + nanos;
    timed = true;
  }

  /// Closes it if it has taken too long. For any thread.
  ///
  /// @param now [System#nanoTime()]
  void expire(long now) {
    if (timed && now - deadline >= 0) {
      expired = true;
      closeChannel();
    }
  }

  private IOException expired(IOException e) {
    if (!expired) {
      return e;
    }
    SocketTimeoutException late =
        new SocketTimeoutException(
            String.format(Locale.ROOT, "it took longer than %.0f s", allowedNanos / 1e9));
    late.initCause(e);
    return late;
  }

  /// A cause in words, of this class's exceptions.
  static String text(IOException e) {
    String said = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return switch (e) {
      case UnknownHostException _ -> "there is no host " + said;
      case ConnectException _ -> said.toLowerCase(Locale.ROOT);
      case ClosedByInterruptException _ -> "it was not waited for";
      case SSLException _ when said.contains("PKIX") ->
          "the edge's certificate is not trusted (--http-ca FILE has who signed it): " + said;
      case SSLException _ -> "TLS: " + said;
      default -> said;
    };
  }

  /// Closes it, if it is open. For the thread that uses it.
  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    if (open != null && secure) {
      allow(CLOSE_NANOS);
      try {
        open.close();
      } catch (IOException e) {
        // Gone already.
        closeChannel();
      }
      timed = false;
    }
    closeChannel();
  }

  private void closeChannel() {
    SocketChannel open = channel;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      // It is not used any more, whatever this says.
      return;
    }
  }
}
