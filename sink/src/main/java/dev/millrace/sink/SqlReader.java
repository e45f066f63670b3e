package dev.millrace.sink;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteLimits;

/// Answers SQL that a user has written, over a connection that can neither write nor reach another
/// file. May be asked while the sink writes; each answer is of one moment. Not thread-safe.
public final class SqlReader implements AutoCloseable {
  /// Takes an answer as it comes: first the columns, then row by row.
  public interface Answer {
    /// @param names of the columns, in order
    void columns(List<String> names);

    /// @param values as many as there are columns; each a Long, a Double, a String, or null. A blob
    ///   comes as SQL writes it, `X'00FF'`.
    /// @return whether to go on
    boolean row(List<Object> values);
  }

  private final Path file;
  private final WindowReader database;

  private SqlReader(Path file, WindowReader database) {
    this.file = file;
    this.database = database;
  }

  /// Opens a database that a sink has made.
  ///
  /// @throws SinkException if it is not there, or is not one
  public static SqlReader open(Path file) {
    WindowReader database = WindowReader.open(file);
    Connection connection = database.connection();
    try (Statement statement = connection.createStatement()) {
      // The file is open for reading only. This is for what has nothing to do with the file:
      // temporary tables, and ATTACH, which VACUUM INTO comes down to as well.
      connection.unwrap(SQLiteConnection.class).setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
      statement.execute("PRAGMA query_only = 1");
    } catch (SQLException e) {
      SqliteDatabase.closeAfter(e, connection);
      throw SqliteDatabase.sentence(file, e);
    }
    return new SqlReader(file, database);
  }

  /// Asks, and hands over the answer until there is no more of it or nobody wants it.
  ///
  /// @throws IllegalArgumentException if `sql` is not one statement that asks something
  /// @throws SinkException if the database cannot answer it, with its reason
  public void ask(String sql, Answer answer) {
    SqlText.requireQuestion(sql);
    askUnchecked(sql, answer);
  }

  /// The same for any SQL: what protects the database is the connection.
  void askUnchecked(String sql, Answer answer) {
    try (PreparedStatement statement = database.connection().prepareStatement(sql);
        ResultSet result = statement.executeQuery()) {
      ResultSetMetaData columns = result.getMetaData();
      List<String> names = new ArrayList<>();
      for (int column = 1; column <= columns.getColumnCount(); column++) {
        names.add(columns.getColumnLabel(column));
      }
      answer.columns(names);
      boolean wanted = true;
      while (wanted && result.next()) {
        List<Object> values = new ArrayList<>(names.size());
        for (int column = 1; column <= names.size(); column++) {
          values.add(value(result.getObject(column)));
        }
        wanted = answer.row(values);
      }
    } catch (SQLException e) {
      throw sentence(e);
    }
  }

  private static Object value(Object value) {
    return switch (value) {
      case null -> null;
      case byte[] blob -> "X'" + HexFormat.of().withUpperCase().formatHex(blob) + "'";
      case Double number -> number;
      case Float number -> number.doubleValue();
      case Number number -> number.longValue();
      default -> value.toString();
    };
  }

  private SinkException sentence(SQLException e) {
    SQLiteErrorCode code =
        e instanceof SQLiteException sqlite
            ? sqlite.getResultCode()
            : SQLiteErrorCode.UNKNOWN_ERROR;
    if (code == SQLiteErrorCode.SQLITE_READONLY) {
      return new SinkException("the query would write, and the database is only read here", e);
    }
    // Nothing is wrong with the database then, but with what was asked of it.
    if (code == SQLiteErrorCode.SQLITE_ERROR || code == SQLiteErrorCode.UNKNOWN_ERROR) {
      return new SinkException("the query has no answer: " + reason(e) + hint(e), e);
    }
    return SqliteDatabase.sentence(file, e);
  }

  /// The driver says `[SQLITE_ERROR] SQL error or missing database (near "x": syntax error)`.
  private static String reason(SQLException e) {
    String message = String.valueOf(e.getMessage());
    int open = message.indexOf('(');
    return open >= 0 && message.endsWith(")")
        ? message.substring(open + 1, message.length() - 1)
        : message;
  }

  private String hint(SQLException e) {
    String reason = reason(e);
    if (!reason.startsWith("no such table")) {
      return "";
    }
    boolean view = WindowViews.NAMES.stream().anyMatch(reason::endsWith);
    return view
        ? "; an older Millrace wrote this file, and the sink adds the views when it next opens it"
        : "; there are " + String.join(", ", WindowViews.NAMES);
  }

  @Override
  public void close() {
    database.close();
  }
}
