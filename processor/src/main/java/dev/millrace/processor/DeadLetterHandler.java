package dev.millrace.processor;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;

/// Sends a record that is no event to the dead letter queue, within the task's transaction, and
/// goes on; any other exception stops the thread, because it is a fault of ours. It uses the
/// headers of Kafka Streams' own handler (KIP-1034), which it replaces because that one logs every
/// record with its stack trace, adds the trace to the record, and does not tell the two apart.
///
/// Public with a public constructor because Streams makes it by name.
public final class DeadLetterHandler implements ProcessingExceptionHandler {
  @Override
  public void configure(Map<String, ?> settings) {
    // It has none.
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, Record<?, ?> poison, Exception exception) {
    if (!(exception instanceof InvalidEventException)) {
      return Response.fail();
    }
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, context.sourceRawKey(), context.sourceRawValue());
    context.headers().forEach(letter.headers()::add);
    header(letter, "exception", exception.getClass().getName());
    header(letter, "message", String.valueOf(exception.getMessage()));
    header(letter, "topic", context.topic());
    header(letter, "partition", Integer.toString(context.partition()));
    header(letter, "offset", Long.toString(context.offset()));
    return Response.resume(List.of(letter));
  }

  private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    letter.headers().add(Topics.DEAD_LETTER_HEADERS + name, value.getBytes(StandardCharsets.UTF_8));
  }
}
