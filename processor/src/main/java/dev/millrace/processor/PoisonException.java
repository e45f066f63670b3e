package dev.millrace.processor;

import dev.millrace.events.InvalidEventException;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// Some records of a batch are no events; all others have been counted.
final class PoisonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// A record and why it is no event.
  record Poison(ConsumerRecord<byte[], byte[]> event, InvalidEventException reason) {}

  private final transient List<Poison> poison;

  PoisonException(List<Poison> poison) {
    super(poison.size() + " records are no events", null, false, false);
    this.poison = poison;
  }

  List<Poison> poison() {
    return poison;
  }
}
