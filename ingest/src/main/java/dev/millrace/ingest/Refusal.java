package dev.millrace.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/// A request that is not done as asked. The message tells the client what was wrong and what would
/// do.
final class Refusal extends Exception {
  static final String PROBLEM = "application/problem+json";

  private static final JsonFactory JSON = new JsonFactory();

  private final int status;
  private final Map<String, String> headers;

  Refusal(int status, String detail) {
    this(status, detail, Map.of());
  }

  /// An exception with no stack trace: it is an answer, made at high rate when clients are broken.
  Refusal(int status, String detail, Map<String, String> headers) {
    super(detail, null, false, false);
    this.status = status;
    this.headers = headers;
  }

  /// There is no room now, or Kafka is away: the same request will do later.
  static Refusal unavailable(String detail, int retryAfterS) {
    return new Refusal(503, detail, retryAfter(retryAfterS));
  }

  static Map<String, String> retryAfter(int seconds) {
    return Map.of("Retry-After", Integer.toString(seconds));
  }

  /// What a problem has beside title, status and detail.
  interface Members {
    void write(JsonGenerator json) throws IOException;
  }

  /// Problem details, RFC 9457.
  static Answer problem(int status, String detail, Map<String, String> headers, Members members) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("title", Answer.reason(status));
      json.writeNumberField("status", status);
      json.writeStringField("detail", detail);
      members.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return new Answer(status, PROBLEM, text.append('\n').toString(), headers);
  }

  /// Which lines are no events, as far as they are told.
  static void writeErrors(JsonGenerator json, EventBatch batch) throws IOException {
    json.writeArrayFieldStart("errors");
    for (EventBatch.LineError error : batch.errors()) {
      json.writeStartObject();
      json.writeNumberField("line", error.line());
      json.writeStringField("error", error.error());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /// What the client is told: nothing was accepted.
  Answer answer() {
    return problem(status, getMessage(), headers, json -> json.writeNumberField("accepted", 0));
  }
}
