package dev.millrace.processor;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/// An in-memory store for rollups that forgets windows older than its retention. The DSL keeps a
/// table of rollups in a plain key-value store, which would grow for as long as the process lives;
/// a window store is not to be had there. Keys are those of [ProcessorSerdes#seriesWindow()]: the
/// window's start first, so that the oldest entries are the first ones.
final class RollupStore implements KeyValueStore<Bytes, byte[]> {
  private final KeyValueStore<Bytes, byte[]> entries;
  private final long retentionMs;
  private long newestMs = Long.MIN_VALUE;

  private RollupStore(String name, Duration retention) {
    entries = Stores.inMemoryKeyValueStore(name).get();
    retentionMs = retention.toMillis();
  }

  static KeyValueBytesStoreSupplier supplier(String name, Duration retention) {
    return new KeyValueBytesStoreSupplier() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public KeyValueStore<Bytes, byte[]> get() {
        return new RollupStore(name, retention);
      }

      @Override
      public String metricsScope() {
        return "in-memory";
      }
    };
  }

  @Override
  public void put(Bytes key, byte[] value) {
    entries.put(key, value);
    long startMs = ByteBuffer.wrap(key.get()).getLong();
    if (startMs > newestMs) {
      newestMs = startMs;
      forgetBefore(newestMs - retentionMs);
    }
  }

  private void forgetBefore(long startMs) {
    if (startMs <= 0) {
      return;
    }
    List<Bytes> old = new ArrayList<>();
    Bytes bound = Bytes.wrap(ByteBuffer.allocate(8).putLong(startMs).array());
    try (KeyValueIterator<Bytes, byte[]> range = entries.range(null, bound)) {
      range.forEachRemaining(entry -> old.add(entry.key));
    }
    old.forEach(entries::delete);
  }

  @Override
  public byte[] putIfAbsent(Bytes key, byte[] value) {
    byte[] present = entries.get(key);
    if (present == null) {
      put(key, value);
    }
    return present;
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> all) {
    all.forEach(entry -> put(entry.key, entry.value));
  }

  @Override
  public byte[] delete(Bytes key) {
    return entries.delete(key);
  }

  @Override
  public byte[] get(Bytes key) {
    return entries.get(key);
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
    return entries.range(from, to);
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> all() {
    return entries.all();
  }

  @Override
  public long approximateNumEntries() {
    return entries.approximateNumEntries();
  }

  @Override
  public String name() {
    return entries.name();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    entries.init(context, root);
  }

  @Override
  public void close() {
    entries.close();
  }

  @Override
  public boolean persistent() {
    return entries.persistent();
  }

  @Override
  public boolean isOpen() {
    return entries.isOpen();
  }

  @Override
  public Position getPosition() {
    return entries.getPosition();
  }
}
