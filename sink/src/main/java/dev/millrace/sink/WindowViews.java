package dev.millrace.sink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The views that come with the schema from version 2 on, in the words of either database.
final class WindowViews {
  /// What there is to ask, the table first.
  static final List<String> NAMES =
      List.of("windows", "service_minutes", "slowest_routes", "error_budget");

  /// Epoch milliseconds as `2026-11-21T10:00:00Z`, in SQLite.
  private static final String UTC_OF_SQLITE =
      "strftime('%Y-%m-%dT%H:%M:%SZ', ($1) / 1000, 'unixepoch')";

  /// The same in PostgreSQL.
  private static final String UTC_OF_POSTGRESQL =
      "to_char(to_timestamp(($1) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";

  private WindowViews() {}

  /// The statements for SQLite.
  static String forSqlite() {
    return script(UTC_OF_SQLITE);
  }

  /// The statements for PostgreSQL.
  static String forPostgresql() {
    return script(UTC_OF_POSTGRESQL);
  }

  private static String script(String utc) {
    try (InputStream resource = WindowViews.class.getResourceAsStream("views.sql")) {
      String sql = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      // Arguments have parentheses of one level at most. The comment's own UTC(…) comes to no harm.
      return sql.replaceAll("UTC\\(((?:[^()]|\\([^()]*\\))*)\\)", utc);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
