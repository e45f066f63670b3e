package dev.millrace.sink;

import java.util.Locale;
import java.util.Set;

/// Looks at SQL as far as it takes to tell one question from anything else. That nothing is written
/// does not depend on it: it is there for a clear answer, and because the driver passes over what
/// follows a first statement in silence.
final class SqlText {
  private static final Set<String> QUESTIONS = Set.of("SELECT", "WITH", "VALUES", "EXPLAIN");

  private final String sql;
  private int at;

  private SqlText(String sql) {
    this.sql = sql;
  }

  /// @throws IllegalArgumentException if it is not one statement that asks something
  static void requireQuestion(String sql) {
    SqlText text = new SqlText(sql);
    text.skipBlanks(false);
    String first = text.word();
    if (first.isEmpty()) {
      throw new IllegalArgumentException(
          text.at == sql.length()
              ? "there is no SQL: give a query, such as 'SELECT * FROM service_minutes'"
              : "'%s': a query begins with SELECT, WITH, VALUES or EXPLAIN".formatted(sql.strip()));
    }
    if (!QUESTIONS.contains(first.toUpperCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "'%s …': the database is only read here; a query begins with SELECT, WITH, VALUES or EXPLAIN"
              .formatted(first));
    }
    text.skipStatement();
    text.skipBlanks(true);
    if (text.at < sql.length()) {
      throw new IllegalArgumentException(
          "there is more than one statement: give one, without '%s'"
              .formatted(sql.substring(text.at).strip()));
    }
  }

  private String word() {
    int start = at;
    while (at < sql.length() && Character.isLetter(sql.charAt(at))) {
      at++;
    }
    return sql.substring(start, at);
  }

  private void skipBlanks(boolean semicolonsToo) {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c) || (semicolonsToo && c == ';')) {
        at++;
      } else if (!skipComment()) {
        return;
      }
    }
  }

  private boolean skipComment() {
    if (sql.startsWith("--", at)) {
      skipPast("\n", at + 2);
    } else if (sql.startsWith("/*", at)) {
      skipPast("*/", at + 2);
    } else {
      return false;
    }
    return true;
  }

  /// To the semicolon that ends the statement, or to the end.
  private void skipStatement() {
    while (at < sql.length() && sql.charAt(at) != ';') {
      switch (sql.charAt(at)) {
        // A doubled quote is two strings in a row: the same to us.
        case '\'' -> skipPast("'", at + 1);
        case '"' -> skipPast("\"", at + 1);
        case '`' -> skipPast("`", at + 1);
        case '[' -> skipPast("]", at + 1);
        default -> {
          if (!skipComment()) {
            at++;
          }
        }
      }
    }
  }

  private void skipPast(String end, int from) {
    int found = sql.indexOf(end, from);
    at = found < 0 ? sql.length() : found + end.length();
  }
}
