package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.kafka.common.header.Header;

/// Dead letters as lines of JSON. What is no text is in Base64, under another name.
final class LetterJson {
  private static final JsonFactory JSON =
      new JsonFactory().setCharacterEscapes(new TerminalEscapes());

  /// What a terminal would obey is written as an escape of JSON: the text stays the same, and can
  /// be looked at.
  private static final class TerminalEscapes extends CharacterEscapes {
    private static final long serialVersionUID = 1;
    private static final int DELETE = 0x7f;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] codes = standardAsciiEscapesForJSON();
      codes[DELETE] = ESCAPE_STANDARD;
      return codes;
    }

    @Override
    public SerializableString getEscapeSequence(int c) {
      // It is asked for each half of a pair: all that is beyond 16 bits is escaped.
      return TerminalText.isHidden(c) ? new SerializedString("\\u%04x".formatted(c)) : null;
    }
  }

  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private LetterJson() {}

  /// A letter, all of it.
  ///
  /// @param replayed whether it was sent again
  static String line(DeadLetter letter, boolean replayed) {
    return object(json -> {
      json.writeStringField("letter", letter.id());
      json.writeNumberField("timestamp", letter.record().timestamp());
      json.writeStringField("time", letter.time().toString());
      json.writeStringField("reason", letter.reason());
      json.writeStringField("from", letter.origin());
      json.writeBooleanField("replayed", replayed);
      json.writeBooleanField("cut_off", letter.isCutOff());
      bytes(json, "key", letter.record().key());
      bytes(json, "value", letter.value());
      json.writeArrayFieldStart("headers");
      for (Header header : letter.record().headers()) {
        json.writeStartObject();
        json.writeStringField("name", header.key());
        bytes(json, "value", header.value());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  /// A count of letters with one kind of reason.
  static String line(ReasonCounts.Count count) {
    return object(json -> {
      json.writeStringField("reason", count.reason());
      json.writeNumberField("letters", count.letters());
      json.writeNumberField("replayed", count.replayed());
      json.writeStringField("first", count.first().toString());
      json.writeStringField("last", count.last().toString());
      json.writeStringField("newest", count.newest());
    });
  }

  private static void bytes(JsonGenerator json, String name, byte[] bytes) throws IOException {
    if (bytes == null) {
      json.writeNullField(name);
      return;
    }
    Optional<String> text = DeadLetter.text(bytes);
    if (text.isPresent()) {
      json.writeStringField(name, text.get());
    } else {
      json.writeBinaryField(name + "_base64", bytes);
    }
  }

  private static String object(Fields fields) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a text in memory does no I/O
    }
    return line.toString();
  }
}
