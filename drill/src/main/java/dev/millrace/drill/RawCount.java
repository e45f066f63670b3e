package dev.millrace.drill;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What follows from the raw topic, counted with none of the processor's code: which rows there
/// must be, what is late, and what is refused.
///
/// An event is late if it is behind the newest one before it in its partition by more than both
/// allowances; of windows that were forgotten because a partition was idle there are none in a
/// drill, whose load is on all partitions.
final class RawCount {
  /// The processor's defaults.
  static final long OUT_OF_ORDERNESS_MS = 1_000;

  static final long ALLOWED_LATENESS_MS = 10_000;

  /// @param first where an event stands
  /// @param again where it stands once more
  record Repeat(String id, Place first, Place again) {}

  private final RequestEventCodec codec;
  private final Set<EventKey> unknown;
  private final Map<String, Integer> mayBeThere;
  private final Map<Cell, Long> unknownFound = new HashMap<>();
  private final Map<Integer, Long> newest = new HashMap<>();
  private final Map<Cell, Counts> windows = new HashMap<>();
  private final Map<Cell, Long> late = new HashMap<>();
  private final Map<Cell, Counts> sent = new HashMap<>();
  private final Set<Place> refused = new HashSet<>();
  private final Map<String, Place> ids = new HashMap<>();
  private final Map<String, Integer> timesThere = new HashMap<>();
  private final Map<String, Repeat> repeats = new TreeMap<>();
  private long records;
  private long sentAgain;
  private CloseLook look;

  /// @param unknown events of which the senders do not know whether they are here
  /// @param mayBeThere how often an event may be here, by its id; others once
  RawCount(RequestEventCodec codec, Set<EventKey> unknown, Map<String, Integer> mayBeThere) {
    this.codec = codec;
    this.unknown = Set.copyOf(unknown);
    this.mayBeThere = Map.copyOf(mayBeThere);
  }

  /// Shows each event to it, too.
  void lookBy(CloseLook closer) {
    look = closer;
  }

  /// Adds a record; those of a partition in their order.
  ///
  /// @param json null if the record has no value
  void add(Place place, byte[] json) {
    records++;
    RequestEvent event;
    try {
      if (json == null) {
        throw new InvalidEventException("record has no value");
      }
      event = codec.decode(json);
    } catch (InvalidEventException e) {
      refused.add(place);
      return;
    }
    Counts one = Counts.of(event);
    Cell second = Cell.at(WindowSize.SECOND, event.time(), event.series());
    if (isSentAgain(event, place)) {
      sentAgain++;
    } else if (unknown.contains(EventKey.of(event))) {
      unknownFound.merge(second, 1L, Long::sum);
    } else {
      sent.merge(second, one, Counts::plus);
    }
    long newestNow = newest.merge(place.partition(), event.time(), Math::max);
    boolean isLate = isLate(event.time(), newestNow);
    if (look != null) {
      look.add(event, place, isLate);
    }
    for (Series series : Cell.levels(event.series())) {
      if (isLate) {
        late.merge(Cell.at(WindowSize.SECOND, event.time(), series), 1L, Long::sum);
      } else {
        for (WindowSize size : WindowSize.values()) {
          windows.merge(Cell.at(size, event.time(), series), one, Counts::plus);
        }
      }
    }
  }

  private static boolean isLate(long time, long newest) {
    long watermark = newest - OUT_OF_ORDERNESS_MS;
    return WindowSize.SECOND.start(time) + WindowSize.SECOND.ms() <= watermark
        && time < watermark - ALLOWED_LATENESS_MS;
  }

  /// Whether it was here before, and may be here again.
  private boolean isSentAgain(RequestEvent event, Place place) {
    if (event.id().isEmpty()) {
      return false;
    }
    Place first = ids.putIfAbsent(event.id(), place);
    if (first == null) {
      return false;
    }
    int times = timesThere.merge(event.id(), 2, (before, two) -> before + 1);
    if (times <= mayBeThere.getOrDefault(event.id(), 1)) {
      return true;
    }
    repeats.put(event.id() + place, new Repeat(event.id(), first, place));
    return false;
  }

  /// All records.
  long records() {
    return records;
  }

  /// What rows must say, of all sizes and levels.
  Map<Cell, Counts> windows() {
    return windows;
  }

  /// Events too late for any row, by second, of all levels.
  Map<Cell, Long> late() {
    return late;
  }

  /// Events by second and route of which the sender did not know that they are here.
  Map<Cell, Long> unknownFound() {
    return unknownFound;
  }

  /// All other valid events by second and route, late ones too; each once that may be here again.
  Map<Cell, Counts> sent() {
    return sent;
  }

  /// Records that are no event.
  Set<Place> refused() {
    return refused;
  }

  /// How often an event is here.
  int timesThere(String id) {
    return ids.containsKey(id) ? timesThere.getOrDefault(id, 1) : 0;
  }

  /// How many records are events that were here before, and may be here again.
  long sentAgain() {
    return sentAgain;
  }

  /// Events that are here more often than they may be.
  Iterable<Repeat> repeats() {
    return repeats.values();
  }
}
