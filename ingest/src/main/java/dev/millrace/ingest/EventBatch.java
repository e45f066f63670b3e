package dev.millrace.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.millrace.events.EventScanner;
import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEventCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The events of one body, where they stand in it, and what in it is no event.
final class EventBatch {
  /// How many errors are told; the rest are only counted.
  static final int MAX_ERRORS = 100;

  private static final int FIRST_EVENTS = 16;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(33).maxNumberLength(32).build())
          .build();

  /// What is no event.
  ///
  /// @param line where it stands: line of NDJSON, element of an array; the first is 1
  /// @param error why it is none
  record LineError(int line, String error) {}

  private final byte[] bytes;
  private final int length;
  private final EventScanner scanner;
  private int[] bounds = new int[2 * FIRST_EVENTS];
  private long[] times = new long[FIRST_EVENTS];
  private int[] lines = new int[FIRST_EVENTS];
  private int size;
  private int rejected;
  private final List<LineError> errors = new ArrayList<>();

  private EventBatch(byte[] bytes, int length, RequestEventCodec codec) {
    this.bytes = bytes;
    this.length = length;
    this.scanner = new EventScanner(codec);
  }

  /// An event a line; empty lines are none.
  ///
  /// @param length how many of the bytes count
  static EventBatch ofLines(byte[] bytes, int length, RequestEventCodec codec) {
    EventBatch batch = new EventBatch(bytes, length, codec);
    int line = 1;
    for (int from = 0; from < length; line++) {
      int to = from;
      while (to < length && bytes[to] != '\n') {
        to++;
      }
      batch.addTrimmed(line, from, to);
      from = to + 1;
    }
    return batch;
  }

  /// One event, or an array of events.
  ///
  /// @param length how many of the bytes count
  static EventBatch ofJson(byte[] bytes, int length, RequestEventCodec codec) {
    EventBatch batch = new EventBatch(bytes, length, codec);
    int first = 0;
    while (first < length && isSpace(bytes[first])) {
      first++;
    }
    if (first < length && bytes[first] == '[') {
      batch.addArray(first);
    } else {
      batch.addTrimmed(1, first, length);
    }
    return batch;
  }

  private void addArray(int start) {
    int element = 1;
    if (start + 1 < length && bytes[start + 1] == 0) {
      // Jackson would take it for UTF-16.
      reject(element, "not JSON: a NUL byte");
      return;
    }
    try (JsonParser parser = JSON.createParser(bytes, start, length - start)) {
      parser.nextToken();
      for (; parser.nextToken() != JsonToken.END_ARRAY; element++) {
        int from = start + (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        // A number is read when it is asked for.
        parser.finishToken();
        add(element, from, start + (int) parser.currentLocation().getByteOffset());
      }
      if (parser.nextToken() != null) {
        reject(element, "there is something behind the array");
      }
    } catch (JsonProcessingException e) {
      reject(element, "not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      // A byte array does no I/O: what is left is broken text encoding.
      reject(element, "not JSON: " + e.getMessage());
    }
  }

  private void addTrimmed(int line, int from, int to) {
    int first = from;
    int end = to;
    while (first < end && isSpace(bytes[first])) {
      first++;
    }
    while (first < end && isSpace(bytes[end - 1])) {
      end--;
    }
    if (first < end) {
      add(line, first, end);
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\r' || b == '\n' || b == '\t';
  }

  private void add(int line, int from, int to) {
    try {
      scanner.scan(bytes, from, to);
    } catch (InvalidEventException e) {
      reject(line, e.getMessage());
      return;
    }
    if (size == times.length) {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
      times = Arrays.copyOf(times, 2 * times.length);
      lines = Arrays.copyOf(lines, 2 * lines.length);
    }
    bounds[2 * size] = from;
    bounds[2 * size + 1] = to;
    times[size] = scanner.time();
    lines[size] = line;
    size++;
  }

  private void reject(int line, String error) {
    rejected++;
    if (errors.size() < MAX_ERRORS) {
      errors.add(new LineError(line, error));
    }
  }

  /// How many events there are.
  int size() {
    return size;
  }

  /// How many lines or elements are no events.
  int rejected() {
    return rejected;
  }

  /// The first of these.
  List<LineError> errors() {
    return errors;
  }

  /// The body, in which the events stand.
  byte[] bytes() {
    return bytes;
  }

  /// Position of an event's first byte.
  int from(int event) {
    return bounds[2 * event];
  }

  /// Position after an event's last byte.
  int to(int event) {
    return bounds[2 * event + 1];
  }

  /// Where an event stands: line of NDJSON, element of an array; the first is 1.
  int line(int event) {
    return lines[event];
  }

  /// When an event happened, epoch milliseconds.
  long time(int event) {
    return times[event];
  }
}
