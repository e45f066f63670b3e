package dev.millrace.drill;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A TCP proxy between two parts that can be broken. It knows nothing of what it passes on.
///
/// Seen from both sides it is the network: what is held back is not lost, as what a network drops
/// is sent again, unless the connection ends. It may lead to several servers, each by a port of its
/// own; what is broken is broken for all of them.
final class Link implements AutoCloseable {
  /// How the network is.
  enum Mode {
    /// All is passed on.
    WHOLE,
    /// Each piece that is read waits before it is passed on, and the next one is read after that:
    /// late, and no more than a piece in that time.
    SLOW,
    /// Nothing is passed on, and nothing ends; what was held back goes on when this is over.
    BLACK_HOLE,
    /// What clients send is held back, new connections too; what they are sent arrives.
    CLIENT_UNHEARD,
    /// Connections are gone for the server, and open for the client, which hears nothing any more.
    /// When this is over, it hears that they are gone.
    HALF_OPEN
  }

  private static final int CHUNK = 64 << 10;
  private static final int CONNECT_MS = 3_000;
  private static final int BACKLOG = 256;
  private static final long CUT_EVERY_MS = 2_000;
  private static final long REFUSED_PAUSE_MS = 50;

  private final String name;
  private final List<Door> doors = new CopyOnWriteArrayList<>();
  private final long delayMs;
  private final Set<Joint> joints = ConcurrentHashMap.newKeySet();
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong delayed = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();
  private Mode mode = Mode.WHOLE;
  private Thread cutter;
  private volatile boolean closed;

  /// @param name for its threads
  /// @param at where it listens; port 0 takes a free one
  /// @param delayMs how long each piece waits when it is slow, milliseconds
  Link(String name, InetSocketAddress at, long delayMs) throws IOException {
    this.name = name;
    this.delayMs = delayMs;
    var _ = listen(at);
  }

  /// Listens there, too.
  ///
  /// @param at port 0 takes a free one
  /// @return which of its ports this is, for [#port(int)]
  int listen(InetSocketAddress at) throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.bind(at, BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    Door door = new Door(listener);
    doors.add(door);
    Thread.ofVirtual().name(name).start(() -> accept(door));
    return doors.size() - 1;
  }

  /// The first port.
  int port() {
    return port(0);
  }

  int port(int door) {
    return doors.get(door).listener.getLocalPort();
  }

  /// Where new connections to the first port lead from now on.
  void leadTo(InetSocketAddress server) {
    leadTo(0, server);
  }

  void leadTo(int door, InetSocketAddress server) {
    doors.get(door).target = server;
  }

  /// How many connections go through.
  int connections() {
    return joints.size();
  }

  /// How many pieces a black hole has held back so far.
  long held() {
    return held.get();
  }

  /// How many pieces were delayed so far.
  long delayed() {
    return delayed.get();
  }

  /// What faults did since this was asked last: connections ended, pieces held back or delayed.
  long takeEffect() {
    long all = held.get() + delayed.get() + ended.get();
    return all - taken.getAndSet(all);
  }

  /// From now on it is like this; the end of a cutting, too.
  synchronized void set(Mode next) {
    endCutting();
    Mode before = mode;
    mode = next;
    notifyAll();
    if (next == Mode.HALF_OPEN) {
      joints.forEach(joint -> {
        ended.incrementAndGet();
        joint.loseServer();
      });
    } else if (before == Mode.HALF_OPEN) {
      cut();
    }
  }

  /// Ends all connections at once, without a goodbye. New ones are passed on.
  void cut() {
    joints.forEach(joint -> {
      ended.incrementAndGet();
      joint.reset();
    });
  }

  /// Does so now and every two seconds, until it is set.
  synchronized void cutRepeatedly() {
    endCutting();
    cutter =
        Thread.ofVirtual()
            .name(name + "-cutter")
            .start(() -> {
              try {
                while (cutIfCutting()) {
                  Thread.sleep(CUT_EVERY_MS);
                }
              } catch (InterruptedException e) {
                // It is over.
                return;
              }
            });
  }

  private void endCutting() {
    if (cutter != null) {
      cutter.interrupt();
      cutter = null;
    }
  }

  /// It may be over before its thread has noticed, and then no connection is to end by it.
  private synchronized boolean cutIfCutting() {
    if (!Thread.currentThread().equals(cutter)) {
      return false;
    }
    cut();
    return true;
  }

  private void accept(Door door) {
    while (true) {
      try {
        Socket client = door.listener.accept();
        Thread.ofVirtual().name(name + "-in").start(() -> join(client, door));
      } catch (IOException e) {
        // One that has gone before it was taken is no loss.
        if (door.listener.isClosed()) {
          return;
        }
        // And one that the system has no descriptor for is asked for again, but not at once.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REFUSED_PAUSE_MS));
      }
    }
  }

  private void join(Socket client, Door door) {
    Joint joint = new Joint(client);
    joints.add(joint);
    try {
      if (awaitPassage(true) == Mode.HALF_OPEN) {
        joint.swallow();
        return;
      }
      Socket server = new Socket();
      joint.meet(server);
      server.connect(door.target, CONNECT_MS);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      Thread back = Thread.ofVirtual().name(name + "-out").start(() -> joint.answers(server));
      joint.requests(server);
      back.join();
    } catch (IOException e) {
      // Nobody listens there, or one of the two has gone: the other is to know, as soon as it can.
      resetAfterPassage(joint);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      joint.end();
    }
  }

  private void resetAfterPassage(Joint joint) {
    try {
      var _ = awaitPassage(false);
      joint.reset();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits for as long as nothing gets through.
  ///
  /// @param fromClient whether it is a client's
  private synchronized Mode awaitPassage(boolean fromClient) throws InterruptedException {
    if (holds(fromClient)) {
      held.incrementAndGet();
      while (holds(fromClient) && !closed) {
        wait();
      }
    }
    return mode;
  }

  private synchronized boolean holds(boolean fromClient) {
    return mode == Mode.BLACK_HOLE || (mode == Mode.CLIENT_UNHEARD && fromClient);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    for (Door door : doors) {
      door.listener.close();
    }
    set(Mode.WHOLE);
    cut();
  }

  /// Where it listens, and where that leads.
  private static final class Door {
    private final ServerSocket listener;
    private volatile InetSocketAddress target;

    Door(ServerSocket listener) {
      this.listener = listener;
    }
  }

  /// One connection, in two halves.
  private final class Joint {
    private final Socket client;
    private Socket server;
    private boolean lost;

    Joint(Socket client) {
      this.client = client;
    }

    synchronized void meet(Socket met) {
      server = met;
      if (lost) {
        abort(server);
      }
    }

    /// The server's half ends, and the client does not hear of it.
    synchronized void loseServer() {
      lost = true;
      if (server != null) {
        abort(server);
      }
    }

    synchronized boolean isLost() {
      return lost;
    }

    void requests(Socket to) throws IOException, InterruptedException {
      try {
        pass(client, to, true);
      } catch (IOException e) {
        if (!isLost()) {
          throw e;
        }
        swallow();
      }
    }

    void answers(Socket from) {
      try {
        pass(from, client, false);
      } catch (IOException e) {
        if (!isLost()) {
          resetAfterPassage(this);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void pass(Socket from, Socket to, boolean fromClient)
        throws IOException, InterruptedException {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] chunk = new byte[CHUNK];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (awaitPassage(fromClient) == Mode.SLOW) {
          delayed.incrementAndGet();
          Thread.sleep(delayMs);
        }
        out.write(chunk, 0, n);
      }
      // A goodbye is a packet like others.
      var _ = awaitPassage(fromClient);
      if (!isLost()) {
        to.shutdownOutput();
      }
    }

    /// Reads on what nobody will answer, until the client goes.
    void swallow() throws IOException {
      client.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    synchronized void reset() {
      abort(client);
      if (server != null) {
        abort(server);
      }
    }

    /// Both have said all they had to say, or are gone already: what is on its way still arrives.
    void end() {
      joints.remove(this);
      close(client);
      synchronized (this) {
        if (server != null) {
          close(server);
        }
      }
    }
  }

  /// Closes it with RST in place of FIN, unless it is closed.
  private static void abort(Socket socket) {
    try {
      if (!socket.isClosed()) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
    } catch (IOException e) {
      // Closed by the other thread meanwhile.
      return;
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nobody is there to hear of it.
      return;
    }
  }
}
