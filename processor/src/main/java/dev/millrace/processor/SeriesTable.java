package dev.millrace.processor;

import dev.millrace.events.Series;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Finds a series by the bytes of its names, as they stand in the event: no string is made for a
/// known one. A hash table with open addressing.
///
/// It is also the guard against too many series. Above its limit a new route of a known service is
/// counted as the service's [#OTHER], and a new service as service [#OTHER]. Slots of series that
/// have not been seen for a while are given to new ones.
///
/// Not thread-safe.
final class SeriesTable {
  /// Stands for what the guard did not admit.
  static final String OTHER = "(other)";

  /// A series unseen for this long loses its slot, if another one needs it.
  static final long FORGET_MS = 10 * 60_000L;

  /// Looking for such series takes a pass over all; not more often than this.
  private static final long SWEEP_MS = 60_000L;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] OTHER_BYTES = OTHER.getBytes(StandardCharsets.UTF_8);

  private final int limit;
  private final HeldSeries total = rollup(Series.TOTAL, null);
  private final Map<String, HeldSeries> services = new HashMap<>();
  private final Map<String, HeldSeries> others = new HashMap<>();
  private HeldSeries[] slots = new HeldSeries[256];
  private int size;
  private long folded;
  private long lastSweep = Long.MIN_VALUE / 2;

  /// @param limit the most series to tell apart
  SeriesTable(int limit) {
    this.limit = limit;
  }

  /// The series that counts everything.
  HeldSeries total() {
    return total;
  }

  /// Whether no new series is admitted.
  boolean isFull() {
    return size >= limit;
  }

  int size() {
    return size;
  }

  /// How many events were counted as another series since this was last asked.
  long takeFolded() {
    long taken = folded;
    folded = 0;
    return taken;
  }

  /// The series of these names, or null if it is not in the table.
  HeldSeries find(byte[] bytes, int serviceStart, int serviceEnd, int routeStart, int routeEnd) {
    int hash = hash(bytes, serviceStart, serviceEnd, routeStart, routeEnd);
    int serviceLength = serviceEnd - serviceStart;
    int length = serviceLength + 1 + routeEnd - routeStart;
    HeldSeries[] table = slots;
    for (int i = hash & (table.length - 1); ; i = (i + 1) & (table.length - 1)) {
      HeldSeries series = table[i];
      if (series == null) {
        return null;
      }
      if (series.hash == hash
          && series.key.length == length
          && series.serviceLength == serviceLength
          && Arrays.equals(series.key, 0, serviceLength, bytes, serviceStart, serviceEnd)
          && Arrays.equals(series.key, serviceLength + 1, length, bytes, routeStart, routeEnd)) {
        return series;
      }
    }
  }

  /// Takes in the series of an event that [#find] has not found, or names the one that the event is
  /// counted as.
  ///
  /// @param now epoch milliseconds
  HeldSeries admit(
      byte[] bytes, int serviceStart, int serviceEnd, int routeStart, int routeEnd, long now) {
    String service =
        new String(bytes, serviceStart, serviceEnd - serviceStart, StandardCharsets.UTF_8);
    if (isFull() && now - lastSweep >= SWEEP_MS) {
      lastSweep = now;
      forgetUnseenSince(now - FORGET_MS);
    }
    if (isFull()) {
      folded++;
      String admitted = services.containsKey(service) ? service : OTHER;
      return others.computeIfAbsent(
          admitted,
          name -> series(name.getBytes(StandardCharsets.UTF_8), OTHER_BYTES, serviceRollup(name)));
    }
    HeldSeries series =
        series(
            Arrays.copyOfRange(bytes, serviceStart, serviceEnd),
            Arrays.copyOfRange(bytes, routeStart, routeEnd),
            serviceRollup(service));
    insert(series);
    size++;
    if (size * 2 > slots.length) {
      rehash(slots.length * 2);
    }
    return series;
  }

  private HeldSeries serviceRollup(String service) {
    return services.computeIfAbsent(service, name -> rollup(new Series(name, Series.ALL), total));
  }

  private static HeldSeries rollup(Series series, HeldSeries above) {
    return series(
        series.service().getBytes(StandardCharsets.UTF_8),
        series.route().getBytes(StandardCharsets.UTF_8),
        above);
  }

  private static HeldSeries series(byte[] service, byte[] route, HeldSeries rollup) {
    byte[] key = Arrays.copyOf(service, service.length + 1 + route.length);
    key[service.length] = Series.SEPARATOR;
    System.arraycopy(route, 0, key, service.length + 1, route.length);
    return new HeldSeries(
        key, service.length, hash(key, 0, service.length, service.length + 1, key.length), rollup);
  }

  private void insert(HeldSeries series) {
    int i = series.hash & (slots.length - 1);
    while (slots[i] != null) {
      i = (i + 1) & (slots.length - 1);
    }
    slots[i] = series;
  }

  private void rehash(int capacity) {
    HeldSeries[] old = slots;
    slots = new HeldSeries[capacity];
    for (HeldSeries series : old) {
      if (series != null) {
        insert(series);
      }
    }
  }

  private void forgetUnseenSince(long time) {
    HeldSeries[] old = slots;
    slots = new HeldSeries[old.length];
    size = 0;
    services.values().removeIf(service -> service.lastSeen < time && service.newest() == null);
    others.keySet().retainAll(services.keySet());
    for (HeldSeries series : old) {
      // What holds events keeps its slot: they would be counted into a second object of its name.
      if (series != null && (series.lastSeen >= time || series.newest() != null)) {
        insert(series);
        size++;
      }
    }
  }

  private static int hash(
      byte[] bytes, int serviceStart, int serviceEnd, int routeStart, int routeEnd) {
    long hash = hash(bytes, routeStart, routeEnd, hash(bytes, serviceStart, serviceEnd, 0));
    return (int) (hash ^ (hash >>> 32));
  }

  private static long hash(byte[] bytes, int start, int end, long seed) {
    long hash = seed ^ (end - start);
    int i = start;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      hash = mix(hash ^ (long) LONGS.get(bytes, i));
    }
    long rest = 0;
    for (; i < end; i++) {
      rest = rest << 8 | (bytes[i] & 0xff);
    }
    return mix(hash ^ rest);
  }

  /// An odd multiplier spreads to the upper bits, the rotation brings them back down.
  private static long mix(long value) {
    return Long.rotateLeft(value * 0x9e3779b97f4a7c15L, 31);
  }
}
