package dev.millrace.loadgen;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// What an edge has answered, and what that says of each line of the request. What an answer leaves
/// open is unknown: nothing is taken for granted that it does not say.
final class EdgeAnswer {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int ACCEPTED = 202;
  private static final int BAD_REQUEST = 400;
  private static final int UNAVAILABLE = 503;

  /// What an answer does not have.
  private static final int ABSENT = -1;

  private static final int SHOWN = 300;

  private final int status;
  private int accepted = ABSENT;
  private int failed = ABSENT;
  private int unknown = ABSENT;
  private int rejected = ABSENT;
  private String detail = "";

  /// Why lines are no events, as far as that is told: the first 100.
  private final Map<Integer, String> errors = new HashMap<>();

  private int lastTold;

  private NotAcknowledged untilLastTold;
  private NotAcknowledged afterLastTold;

  private EdgeAnswer(int status) {
    this.status = status;
  }

  /// @param status HTTP status
  /// @param body of the answer: JSON, or whatever somebody on the way has put there
  /// @param lines how many events were in the request
  static EdgeAnswer read(int status, byte[] body, int lines) {
    EdgeAnswer answer = new EdgeAnswer(status);
    try (JsonParser json = JSON.createParser(body)) {
      answer.read(json);
    } catch (IOException e) {
      // Not an edge's, or cut off: nothing of it counts.
      answer = new EdgeAnswer(status);
    }
    answer.judge(lines);
    return answer;
  }

  private void read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      return;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "accepted" -> accepted = json.getIntValue();
        case "failed" -> failed = json.getIntValue();
        case "unknown" -> unknown = json.getIntValue();
        case "rejected" -> rejected = json.getIntValue();
        case "detail" -> detail = json.getValueAsString("");
        case "errors" -> readErrors(json);
        default -> json.skipChildren();
      }
    }
  }

  private void readErrors(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.START_OBJECT) {
      int line = 0;
      String error = "";
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        switch (name) {
          case "line" -> line = json.getIntValue();
          case "error" -> error = json.getValueAsString("");
          default -> json.skipChildren();
        }
      }
      errors.put(line, error);
      lastTold = Math.max(lastTold, line);
    }
  }

  /// What is true of all lines that no error is told of.
  private void judge(int lines) {
    boolean allCounted =
        status == ACCEPTED
            || accepted > 0
            || failed != ABSENT
            || unknown != ABSENT
            || rejected != ABSENT;
    if (allCounted && !addsUp(lines)) {
      errors.clear();
      lastTold = 0;
      rejected = ABSENT;
      untilLastTold = open("does not account for all events");
      afterLastTold = untilLastTold;
      return;
    }
    // Who counts nothing but what was accepted, and that is nothing, has refused the whole.
    boolean nothing = accepted <= 0 && !allCounted;
    NotAcknowledged rest =
        switch (status) {
          case ACCEPTED -> null;
          case BAD_REQUEST -> nothing ? failure() : failed > 0 || unknown > 0 ? open("") : null;
          case UNAVAILABLE -> accepted == 0 && unknown <= 0 ? failure() : open("");
          default ->
              status > BAD_REQUEST && status < 500 && accepted <= 0 && unknown <= 0
                  ? failure()
                  : open("");
        };
    untilLastTold = rest;
    // Errors are told in the order of the lines: where more lines were rejected than are told,
    // these come after the last one told, among others that were not.
    afterLastTold = rest == null && rejected > errors.size() ? open("") : rest;
  }

  private boolean addsUp(int lines) {
    long sum = 0;
    for (int count : new int[] {accepted, failed, unknown, rejected}) {
      if (count < ABSENT) {
        return false;
      }
      sum += Math.max(0, count);
    }
    return sum == lines
        && errors.size() <= Math.max(0, rejected)
        && errors.keySet().stream().allMatch(line -> line >= 1 && line <= lines);
  }

  private NotAcknowledged failure() {
    return NotAcknowledged.failed(text(detail));
  }

  private NotAcknowledged open(String remark) {
    return NotAcknowledged.unknown(text(remark.isEmpty() ? detail : remark));
  }

  private String text(String of) {
    String shown = of.length() > SHOWN ? of.substring(0, SHOWN) + "…" : of;
    return "the edge answered with " + status + (shown.isEmpty() ? "" : ": " + shown);
  }

  /// Why an event was not acknowledged; null if it was.
  ///
  /// @param line of the request, from 1
  NotAcknowledged failure(int line) {
    String error = errors.get(line);
    if (error != null) {
      return NotAcknowledged.refused(text("'" + error + "'"));
    }
    return line <= lastTold ? untilLastTold : afterLastTold;
  }
}
