package dev.millrace.drill;

import dev.millrace.sink.WindowQueries;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// What the sink writes into. A drill looks into it past all links.
abstract class Database implements AutoCloseable {
  private final Optional<SmallDisk> disk;
  private DatabaseLock lock;

  /// @param disk that its tables lie on; empty if they lie where everything does
  Database(Optional<SmallDisk> disk) {
    this.disk = disk;
  }

  /// The disk that its tables lie on, mounted; empty if they lie where everything does.
  final Optional<SmallDisk> disk() {
    return disk;
  }

  final void start() throws IOException {
    if (disk.isPresent()) {
      disk.get().mount();
    }
    begin();
  }

  /// Has it be there. The tables are the sink's to make.
  abstract void begin() throws IOException;

  /// How the sink is told of it; the second one is what it calls it.
  abstract List<String> sinkOptions();

  /// A connection that may do anything, by whose statements transactions begin and end.
  abstract Connection connect() throws SQLException;

  /// Questions to it.
  abstract WindowQueries queries();

  /// Statements that begin a transaction in which nobody else can write rows.
  abstract List<String> locking();

  /// Gives back what has become free in the files of its tables, where they would take rows for
  /// long without needing more of the disk.
  abstract void compact() throws InterruptedException;

  /// Leaves no process behind; what was written stays in the drill's folder.
  abstract void end() throws IOException;

  /// Has the sink wait, from its next transaction on.
  void lock() {
    lock = DatabaseLock.take(this);
  }

  void unlock() {
    DatabaseLock held = lock;
    lock = null;
    held.close();
  }

  /// Leaves no room on its disk for what the sink has to write.
  void fillDisk() throws IOException, InterruptedException {
    compact();
    refillDisk();
  }

  /// Takes what somebody may have given back of a full disk.
  void refillDisk() throws IOException {
    disk.orElseThrow().fill();
  }

  /// Makes room again.
  ///
  /// @return whether there was none until now
  boolean freeDisk() throws IOException {
    return disk.orElseThrow().free();
  }

  @Override
  public final void close() throws IOException {
    // The last one first, and each whatever becomes of the others.
    try (Closeable _ = this::unmount;
        Closeable _ = this::end) {
      if (lock != null) {
        unlock();
      }
    }
  }

  private void unmount() throws IOException {
    if (disk.isPresent()) {
      disk.get().close();
    }
  }
}
