package dev.millrace.sink;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/// A database's schema, as the steps that lead to it: the first makes the tables, each later one
/// changes what is there. A step that was once released stays as it is; a change is a new step.
///
/// @param steps scripts of SQL; after step n, counted from 1, the table `schema` says version n
record SchemaSteps(List<String> steps) {
  /// How many steps this Millrace knows, which is the version that it reads and writes.
  int version() {
    return steps.size();
  }

  /// The version of a database that has the table `schema`.
  ///
  /// @param database as the user named it, for messages
  /// @throws SinkException if it is one that this Millrace does not know
  int check(Statement statement, String database) throws SQLException {
    int version = current(statement);
    if (version < 1 || version > version()) {
      throw new SinkException(
          "%s has schema version %d, this Millrace reads and writes version %d: "
                  .formatted(database, version, version())
              + "use the Millrace that wrote it, or let the sink fill a new database from Kafka");
    }
    return version;
  }

  /// Does the steps that a database lacks. The caller holds a lock that lets nobody else do so at
  /// the same time, in a transaction that makes it all or nothing.
  ///
  /// @param from the version that it has; 0 for an empty database
  void apply(Statement statement, int from) throws SQLException {
    for (String step : steps.subList(from, version())) {
      statement.executeUpdate(step);
    }
    if (from == 0) {
      statement.executeUpdate("INSERT INTO schema (version) VALUES (" + version() + ")");
    } else {
      statement.executeUpdate("UPDATE schema SET version = " + version());
    }
  }

  private static int current(Statement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery("SELECT version FROM schema")) {
      return result.next() ? result.getInt(1) : 0;
    }
  }
}
