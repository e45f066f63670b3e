package dev.millrace.sink;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.sun.net.httpserver.HttpExchange;
import dev.millrace.events.JsonRecords;
import java.io.IOException;

/// Writes answers.
final class PageAnswer {
  /// What went wrong, as a sentence.
  record Problem(@JsonProperty("error") String error) {}

  private static final JsonRecords<Problem> PROBLEMS = new JsonRecords<>(Problem.class);

  private PageAnswer() {}

  static void json(HttpExchange exchange, int status, byte[] body) throws IOException {
    send(exchange, status, "application/json", body);
  }

  /// Does nothing if another answer was begun.
  static void error(HttpExchange exchange, int status, String sentence) throws IOException {
    if (exchange.getResponseCode() == -1) {
      json(exchange, status, PROBLEMS.encode(new Problem(sentence)));
    }
  }

  static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }
}
