package dev.millrace.processor;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;

/// Sends records that are no events to the dead letter queue, within the task's transaction, and
/// goes on; any other exception stops the thread, because it is a fault of ours. It uses the
/// headers of Kafka Streams' own handler (KIP-1034), which it replaces because that one logs every
/// record with its stack trace, adds the trace to the record, and does not tell the two apart.
///
/// Public with a public constructor because Streams makes it by name.
public final class DeadLetterHandler implements ProcessingExceptionHandler {
  /// Bytes that a letter has room for. A compressed batch can hold records far above the topic's
  /// limit; of those the beginning is kept.
  static final int MAX_BYTES = 3 << 20;

  @Override
  public void configure(Map<String, ?> settings) {
    // It has none.
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, Record<?, ?> processed, Exception exception) {
    return switch (exception) {
      case PoisonException batch ->
          Response.resume(
              batch.poison().stream()
                  .map(poison -> letter(poison.event(), poison.reason()))
                  .toList());
      case InvalidEventException reason ->
          Response.resume(List.of(letter(record(context), reason)));
      default -> Response.fail();
    };
  }

  private static ConsumerRecord<byte[], byte[]> record(ErrorHandlerContext context) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>(
            context.topic(),
            context.partition(),
            context.offset(),
            context.sourceRawKey(),
            context.sourceRawValue());
    context.headers().forEach(record.headers()::add);
    return record;
  }

  private static ProducerRecord<byte[], byte[]> letter(
      ConsumerRecord<byte[], byte[]> poison, InvalidEventException reason) {
    byte[] key = poison.key();
    byte[] value = poison.value();
    boolean fits = size(key, value, poison.headers()) <= MAX_BYTES;
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(
            Topics.DEAD_LETTERS, fits ? key : start(key), fits ? value : start(value));
    if (fits) {
      for (Header header : poison.headers()) {
        // An event with headers like ours could call itself cut off, or from elsewhere.
        if (!header.key().startsWith(Topics.DEAD_LETTER_HEADERS)) {
          letter.headers().add(header);
        }
      }
    } else {
      header(letter, "truncated", "value of " + length(value) + " bytes, key of " + length(key));
    }
    header(letter, "exception", reason.getClass().getName());
    header(letter, "message", String.valueOf(reason.getMessage()));
    header(letter, "topic", poison.topic());
    header(letter, "partition", Integer.toString(poison.partition()));
    header(letter, "offset", Long.toString(poison.offset()));
    return letter;
  }

  private static long size(byte[] key, byte[] value, Headers headers) {
    long size = (long) length(key) + length(value);
    for (Header header : headers) {
      size += header.key().length() + length(header.value());
    }
    return size;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private static byte[] start(byte[] bytes) {
    return length(bytes) <= MAX_BYTES / 4 ? bytes : Arrays.copyOf(bytes, MAX_BYTES / 4);
  }

  private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    letter.headers().add(Topics.DEAD_LETTER_HEADERS + name, value.getBytes(StandardCharsets.UTF_8));
  }
}
