package dev.millrace.processor;

import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;

/// Sends a record that is no event to the dead letter queue, within the task's transaction, and
/// goes on. It uses the headers of Kafka Streams' own handler (KIP-1034), which it replaces because
/// that one logs every record with its stack trace, adds the trace to the record, and dies of a
/// record without a timestamp.
///
/// Public with a public constructor because Streams makes it by name.
public final class DeadLetterHandler implements DeserializationExceptionHandler {
  /// Setting that holds the counter of dead letters, a [LongAdder].
  static final String COUNTER = "millrace.dead.letters";

  private LongAdder counter = new LongAdder();

  @Override
  public void configure(Map<String, ?> settings) {
    if (settings.get(COUNTER) instanceof LongAdder shared) {
      counter = shared;
    }
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> poison, Exception exception) {
    counter.increment();
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, poison.key(), poison.value());
    poison.headers().forEach(letter.headers()::add);
    header(letter, "exception", exception.getClass().getName());
    header(letter, "message", String.valueOf(exception.getMessage()));
    header(letter, "topic", poison.topic());
    header(letter, "partition", Integer.toString(poison.partition()));
    header(letter, "offset", Long.toString(poison.offset()));
    return Response.resume(List.of(letter));
  }

  private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    letter.headers().add(Topics.DEAD_LETTER_HEADERS + name, value.getBytes(StandardCharsets.UTF_8));
  }
}
