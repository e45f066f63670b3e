package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Window rows in a PostgreSQL database, in the same tables as in SQLite.
///
/// A connection that breaks is made anew with the next call. If it broke while a commit was under
/// way, the database is asked what became of it before anything is written again.
public final class PostgresWindowStore implements WindowStore {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresWindowStore.class);

  /// `txid_status` of an id that the server does not have, such as one of another server's.
  private static final String INVALID_PARAMETER = "22023";

  private static final Comparator<OffsetAdvance> BY_PARTITION =
      Comparator.comparing((OffsetAdvance advance) -> advance.partition().topic())
          .thenComparingInt(advance -> advance.partition().partition());

  private final PostgresConfig config;
  private Session session;
  private LostCommit lost;

  /// A connection and its statements.
  private record Session(
      Connection connection, PostgresRows rows, PreparedStatement delete, OffsetTables offsets) {}

  /// A commit of which no answer has come yet.
  ///
  /// @param transaction the server's id of it
  /// @param written the result of [#write] if it was done
  private record LostCommit(long transaction, List<OffsetAdvance> advances, int written) {}

  private PostgresWindowStore(PostgresConfig config) {
    this.config = config;
  }

  /// Connects to a database, and makes the tables if they are not there.
  ///
  /// @throws SinkException if it cannot be reached, lets us not in, or has tables of others
  public static PostgresWindowStore open(PostgresConfig config) {
    PostgresWindowStore store = new PostgresWindowStore(config);
    store.transaction(_ -> true);
    return store;
  }

  @Override
  public void bindTo(String clusterId) {
    transaction(open -> {
      open.offsets().bindTo(clusterId);
      return true;
    });
  }

  @Override
  public void bindTo(String topic, String topicId) {
    transaction(open -> {
      open.offsets().bindTo(topic, topicId);
      return true;
    });
  }

  @Override
  public Map<TopicPartition, Long> offsets() {
    return transaction(open -> open.offsets().read());
  }

  @Override
  public int write(List<WindowSummary> rows, List<OffsetAdvance> advances) {
    Optional<Integer> done = lost == null ? Optional.empty() : outcome(advances);
    if (done.isPresent()) {
      return done.get();
    }
    int result =
        transaction(open -> {
          // First and in one order, because an offset that somebody else is about to move is waited
          // for here, and not at some row in the middle; so two sinks do not wait for each other.
          for (OffsetAdvance advance : advances.stream().sorted(BY_PARTITION).toList()) {
            open.offsets().move(advance);
          }
          int written = open.rows().write(rows);
          lost =
              new LostCommit(number(open, "SELECT txid_current()"), List.copyOf(advances), written);
          return written;
        });
    lost = null;
    return result;
  }

  /// What has become of the last commit.
  ///
  /// @return what [#write] returns, if it was done and is the same as is to be written now
  private Optional<Integer> outcome(List<OffsetAdvance> advances) {
    LostCommit last = lost;
    Optional<String> status = transaction(open -> status(open, last.transaction()));
    if (status.equals(Optional.of("in progress"))) {
      throw new StoreBusyException(
          config.name() + " has not finished the transaction of a broken connection", null);
    }
    LOG.info("{}: the commit without an answer is {}", config.name(), status.orElse("unknown"));
    lost = null;
    // If it is not known, the offsets decide: they have moved together with the rows. They must
    // have
    // in any case: a standby that has taken over may have given the number to another transaction.
    return status.equals(Optional.of("committed"))
            && last.advances().equals(advances)
            && haveMoved(advances)
        ? Optional.of(last.written())
        : Optional.empty();
  }

  private boolean haveMoved(List<OffsetAdvance> advances) {
    Map<TopicPartition, Long> offsets = offsets();
    return advances.stream()
        .allMatch(advance -> Long.valueOf(advance.to()).equals(offsets.get(advance.partition())));
  }

  private static Optional<String> status(Session open, long transaction) throws SQLException {
    try (PreparedStatement query = open.connection().prepareStatement("SELECT txid_status(?)")) {
      query.setLong(1, transaction);
      try (ResultSet result = query.executeQuery()) {
        return result.next() ? Optional.ofNullable(result.getString(1)) : Optional.empty();
      }
    } catch (SQLException e) {
      if (INVALID_PARAMETER.equals(e.getSQLState())) {
        open.connection().rollback();
        return Optional.empty();
      }
      throw e;
    }
  }

  private static long number(Session open, String query) throws SQLException {
    try (PreparedStatement statement = open.connection().prepareStatement(query);
        ResultSet result = statement.executeQuery()) {
      result.next();
      return result.getLong(1);
    }
  }

  @Override
  public int deleteBefore(long startMs, int limit) {
    return transaction(open -> {
      open.delete().setLong(1, startMs);
      open.delete().setInt(2, limit);
      return open.delete().executeUpdate();
    });
  }

  private interface Work<T> {
    T run(Session session) throws SQLException;
  }

  private <T> T transaction(Work<T> work) {
    try {
      if (session == null) {
        session = connect();
      }
      T result = work.run(session);
      session.connection().commit();
      return result;
    } catch (SQLException e) {
      rollBack(e);
      throw PostgresDatabase.sentence(config, e);
    } catch (RuntimeException | Error e) {
      rollBack(e);
      throw e;
    }
  }

  private Session connect() throws SQLException {
    Connection connection = PostgresDatabase.connect(config);
    try {
      return new Session(
          connection,
          new PostgresRows(connection),
          // What another sink is deleting is as good as deleted.
          connection.prepareStatement(
              "DELETE FROM windows WHERE ctid = ANY (ARRAY("
                  + "SELECT ctid FROM windows WHERE window_start_ms < ? LIMIT ?"
                  + " FOR UPDATE SKIP LOCKED))"),
          new OffsetTables(config.name(), connection));
    } catch (SQLException e) {
      SqliteDatabase.closeAfter(e, connection);
      throw e;
    }
  }

  /// Ends the transaction; and the connection, if that does not work.
  private void rollBack(Throwable reason) {
    if (session == null) {
      return;
    }
    Connection connection = session.connection();
    try {
      connection.rollback();
      if (!connection.isClosed()) {
        return;
      }
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
    session = null;
    try {
      connection.close();
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    if (session != null) {
      try {
        session.connection().close();
      } catch (SQLException e) {
        throw PostgresDatabase.sentence(config, e);
      } finally {
        session = null;
      }
    }
  }
}
