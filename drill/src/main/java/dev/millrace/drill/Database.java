package dev.millrace.drill;

import dev.millrace.sink.WindowQueries;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// What the sink writes into. A drill looks into it past all links.
abstract class Database implements AutoCloseable {
  private DatabaseLock lock;

  /// Has it be there. The tables are the sink's to make.
  abstract void start() throws IOException;

  /// How the sink is told of it; the second one is what it calls it.
  abstract List<String> sinkOptions();

  /// A connection that may do anything, by whose statements transactions begin and end.
  abstract Connection connect() throws SQLException;

  /// Questions to it.
  abstract WindowQueries queries();

  /// Statements that begin a transaction in which nobody else can write rows.
  abstract List<String> locking();

  /// Leaves no process and no mount behind; what was written stays in the drill's folder.
  abstract void end() throws IOException;

  /// Has the sink wait, from its next transaction on.
  void lock() {
    lock = DatabaseLock.take(this);
  }

  void unlock() {
    lock.close();
    lock = null;
  }

  @Override
  public final void close() throws IOException {
    try {
      if (lock != null) {
        unlock();
      }
    } finally {
      end();
    }
  }
}
