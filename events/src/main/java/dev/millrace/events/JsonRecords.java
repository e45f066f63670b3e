package dev.millrace.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/// A record type as JSON bytes, and back: window rows and ledger lines, of which there are few
/// compared with events. Unknown fields are ignored, so that an older reader reads what a newer
/// writer wrote.
///
/// Thread-safe.
///
/// @param <T> the record type
public final class JsonRecords<T> {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /// Window rows, as on the `windows.*` topics.
  public static final JsonRecords<WindowSummary> WINDOWS = new JsonRecords<>(WindowSummary.class);

  /// Counts of late events, as on `windows.late`.
  public static final JsonRecords<LateEvents> LATE = new JsonRecords<>(LateEvents.class);

  /// Notes of replays, as on `requests.dlq`.
  public static final JsonRecords<ReplayNote> REPLAYS = new JsonRecords<>(ReplayNote.class);

  /// Ledger lines.
  public static final JsonRecords<LedgerEntry> LEDGER = new JsonRecords<>(LedgerEntry.class);

  private final ObjectReader reader;
  private final ObjectWriter writer;

  /// @param type a record whose components carry their JSON names
  public JsonRecords(Class<T> type) {
    this.reader = MAPPER.readerFor(type);
    this.writer = MAPPER.writerFor(type);
  }

  /// @throws IOException if the bytes are not JSON of this type
  public T decode(byte[] json) throws IOException {
    return reader.readValue(json);
  }

  /// One line of JSON, no line break.
  public byte[] encode(T value) {
    try {
      return writer.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("could not encode " + value, e);
    }
  }
}
