package dev.millrace.e2e;

import dev.millrace.processor.DeadLetterHandler;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;

/// The processor's handler of what is no event, but at first the stream thread dies of it, in the
/// middle of a transaction.
///
/// Public with a public constructor because Kafka Streams makes it by name.
public final class MortalHandler implements ProcessingExceptionHandler {
  private static final AtomicInteger DEATHS = new AtomicInteger();

  private final DeadLetterHandler real = new DeadLetterHandler();

  /// Begins anew.
  static void plan(int deaths) {
    DEATHS.set(deaths);
  }

  @Override
  public void configure(Map<String, ?> settings) {
    real.configure(settings);
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, Record<?, ?> poison, Exception exception) {
    return DEATHS.getAndUpdate(left -> Math.max(0, left - 1)) > 0
        ? Response.fail()
        : real.handleError(context, poison, exception);
  }
}
