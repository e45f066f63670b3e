package dev.millrace.cli;

import dev.millrace.events.ReplayNote;
import dev.millrace.events.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/// A record of the dead letter queue, as the processor's handler or a load generator has written
/// it.
///
/// @param record as it stands in Kafka
record DeadLetter(ConsumerRecord<byte[], byte[]> record) {
  private static final String SOURCE = "millrace.source";

  private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

  private static final Set<String> KEPT =
      Set.of(
          "time", "service", "route", "status", "duration_us", "bytes", "method", "id", "*", "|");

  /// Whether a record of the queue is no letter, but says which letters were replayed.
  static boolean isNote(ConsumerRecord<byte[], byte[]> record) {
    // An event may have had a header of that name, which its letter has too, beside its reason.
    return record.headers().lastHeader(ReplayNote.HEADER) != null
        && record.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "message") == null;
  }

  /// What it is called: partition and offset in the queue.
  String id() {
    return record.partition() + "-" + record.offset();
  }

  /// When it became a dead letter.
  Instant time() {
    return Instant.ofEpochMilli(Math.max(0, record.timestamp()));
  }

  /// Why it is no event.
  String reason() {
    return error("message").orElse("(no reason given)");
  }

  /// A reason without what differs from letter to letter: figures, and what it quotes, unless that
  /// is the name of a field.
  static String kind(String reason) {
    return QUOTED
        .matcher(reason)
        .replaceAll(quoted -> KEPT.contains(quoted.group(1)) ? quoted.group() : "'…'")
        .replaceAll("\\d+", "#");
  }

  /// Where it stood before: topic, partition and offset, or the line of a log.
  String origin() {
    return error("topic")
        .map(topic ->
            topic + " " + error("partition").orElse("?") + "-" + error("offset").orElse("?"))
        .or(() -> header(SOURCE))
        .orElse("(not said)");
  }

  /// Whether it was too large for the queue: only its beginning is there.
  boolean isCutOff() {
    return error("truncated").isPresent();
  }

  /// One of the headers that say why and whence.
  Optional<String> error(String name) {
    return header(Topics.DEAD_LETTER_HEADERS + name);
  }

  private Optional<String> header(String name) {
    Header last = record.headers().lastHeader(name);
    return Optional.ofNullable(last)
        .map(Header::value)
        .map(value -> new String(value, StandardCharsets.UTF_8));
  }

  /// What should have been an event; null if it had no value.
  byte[] value() {
    return record.value();
  }

  /// Bytes as text, if they are any.
  static Optional<String> text(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }
}
