package dev.millrace.processor;

import dev.millrace.events.Series;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/// Keeps events whose window is over away from the windows, and counts them. The DSL's windows do
/// so too, but forget how late it is whenever their task starts anew: they then let old events into
/// windows that the store no longer keeps, and every commit adds such a window to the rollups once
/// more. Here stream time and count are state, with a changelog.
final class LatenessGuard implements FixedKeyProcessor<Series, Measurement, Measurement> {
  static final String STORE = "lateness";

  /// Highest event time seen, epoch milliseconds.
  static final String STREAM_TIME = "stream-time";

  /// How many events were late.
  static final String LATE = "late";

  private final long graceMs;
  private final long windowMs;
  private FixedKeyProcessorContext<Series, Measurement> context;
  private KeyValueStore<String, Long> state;
  private long streamTime;

  LatenessGuard(Duration grace, Duration window) {
    graceMs = grace.toMillis();
    windowMs = window.toMillis();
  }

  static StoreBuilder<KeyValueStore<String, Long>> store() {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.Long())
        .withCachingEnabled();
  }

  @Override
  public void init(FixedKeyProcessorContext<Series, Measurement> taskContext) {
    context = taskContext;
    state = taskContext.getStateStore(STORE);
    streamTime = value(STREAM_TIME);
  }

  @Override
  public void process(FixedKeyRecord<Series, Measurement> event) {
    long windowEnd = Math.floorDiv(event.timestamp(), windowMs) * windowMs + windowMs;
    if (windowEnd <= streamTime - graceMs) {
      state.put(LATE, value(LATE) + 1);
      return;
    }
    if (event.timestamp() > streamTime) {
      streamTime = event.timestamp();
      state.put(STREAM_TIME, streamTime);
    }
    context.forward(event);
  }

  private long value(String name) {
    Long value = state.get(name);
    return value == null ? 0 : value;
  }
}
