package dev.millrace.processor;

import dev.millrace.events.InvalidEventException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;

/// Some records of a batch are no events; all others have been counted.
final class PoisonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// A record and why it is no event.
  record Poison(ConsumerRecord<byte[], byte[]> event, InvalidEventException reason) {
    /// Keeps a copy of the event's bytes.
    static Poison of(ConsumerRecord<byte[], ByteBuffer> event, InvalidEventException reason) {
      ByteBuffer value = event.value();
      ConsumerRecord<byte[], byte[]> copy =
          new ConsumerRecord<>(
              event.topic(),
              event.partition(),
              event.offset(),
              event.key(),
              value == null ? null : Utils.toArray(value));
      event.headers().forEach(copy.headers()::add);
      return new Poison(copy, reason);
    }
  }

  private final transient List<Poison> poison;

  PoisonException(List<Poison> poison) {
    super(poison.size() + " records are no events", null, false, false);
    this.poison = poison;
  }

  List<Poison> poison() {
    return poison;
  }
}
