package dev.millrace.drill;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.WindowSize;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What the raw topic has of one window and series that is not as it must be: its events, and as
/// far as it can be known which of them the row has not or has twice, and which the sender has sent
/// and are not there.
///
/// A row is a sum: it has no ids. But what is lost is mostly one event or a few that stood side by
/// side, and few of these add up to just what the row misses.
final class CloseLook {
  /// @param late too late for any row
  record Found(Place place, String id, Counts counts, boolean late) {
    @Override
    public String toString() {
      return place + " " + id + (late ? " (late)" : "");
    }
  }

  private static final Comparator<Found> ORDER =
      Comparator.<Found>comparingInt(found -> found.place().partition())
          .thenComparingLong(found -> found.place().offset());

  /// Groups of events that all fit say nothing.
  private static final int MOST_GROUPS = 3;

  private static final int SHOWN = 20;

  private final Cell cell;
  private final String sender;
  private final List<Found> events = new ArrayList<>();

  /// Places in the sender's run that are on the raw topic, and those of them of the same second.
  private final BitSet there = new BitSet();

  private final BitSet thereThen = new BitSet();

  CloseLook(Cell cell) {
    this.cell = cell;
    int dash = cell.series().service().lastIndexOf('-');
    sender = cell.series().isRollup() || dash < 0 ? "" : cell.series().service().substring(0, dash);
  }

  /// Adds an event of the raw topic, whatever it is.
  void add(RequestEvent event, Place place, boolean late) {
    EventKey key = EventKey.of(event);
    if (!key.sender().isEmpty() && key.sender().equals(sender)) {
      int index = Integer.parseInt(key.key());
      there.set(index);
      if (cell.size().start(event.time()) == cell.start()) {
        thereThen.set(index);
      }
    }
    if (Cell.at(cell.size(), event.time(), cell.series()).equals(cell)
        && Cell.levels(event.series()).contains(cell.series())) {
      events.add(new Found(place, event.id(), Counts.of(event), late));
    }
  }

  /// All events of the window, by their places.
  List<Found> events() {
    return events.stream().sorted(ORDER).toList();
  }

  /// What is wrong with it, for people.
  ///
  /// @param must what its row must count
  /// @param row null if there is none
  List<String> lines(Counts must, Row row, Sent sent) {
    List<String> lines = new ArrayList<>();
    lines.add("  The smallest window that differs is " + cell + ".");
    Counts is = row == null ? Counts.NONE : row.counts();
    if (!must.equals(is)) {
      lines.add("  It must have " + must + ",");
      lines.add("  " + (row == null ? "and has no row." : "and its row has " + is + "."));
      lines.addAll(suspects(must, is));
    }
    lines.addAll(neverArrived(sent));
    List<Found> all = events();
    lines.add(
        String.format(
            Locale.ROOT,
            "  %s on the raw topic, as PARTITION:OFFSET ID:",
            all.size() > SHOWN
                ? "The first " + SHOWN + " of its " + all.size() + " events"
                : "Its " + all.size() + " events"));
    all.stream().limit(SHOWN).forEach(event -> lines.add("    " + event));
    return lines;
  }

  /// Events that stand side by side, and add up to the difference.
  private List<String> suspects(Counts must, Counts is) {
    Counts more = must.minus(is);
    boolean missing = more.requests() > 0;
    Counts difference = missing ? more : is.minus(must);
    int count = (int) Math.abs(more.requests());
    String what = missing ? "are not in its row" : "are in its row twice";
    List<List<Found>> groups = count == 0 ? List.of() : groups(count, difference);
    List<String> lines = new ArrayList<>();
    if (groups.isEmpty()) {
      lines.add(
          count < 2
              ? "  None of its events is that difference."
              : "  No " + count + " of its events side by side add up to that difference.");
    } else if (groups.size() > MOST_GROUPS) {
      lines.add(
          "  Any "
              + count
              + " of its events side by side may be those that "
              + what
              + ": "
              + groups.size()
              + " groups of them add up to it.");
    } else {
      for (List<Found> group : groups) {
        lines.add("  By their sums, these " + what + (groups.size() > 1 ? ", or others:" : ":"));
        group.stream().limit(SHOWN).forEach(event -> lines.add("    " + event));
        if (group.size() > SHOWN) {
          lines.add("    and so on, to " + group.getLast());
        }
      }
    }
    return lines;
  }

  private List<List<Found>> groups(int count, Counts sum) {
    List<Found> counted = events().stream().filter(event -> !event.late()).toList();
    List<List<Found>> groups = new ArrayList<>();
    Counts here = Counts.NONE;
    for (int to = 1; to <= counted.size(); to++) {
      here = here.plus(counted.get(to - 1).counts());
      if (to > count) {
        here = here.minus(counted.get(to - 1 - count).counts());
      }
      if (to >= count && here.equals(sum)) {
        List<Found> group = counted.subList(to - count, to);
        // One after the other.
        if (group.getFirst().place().partition() == group.getLast().place().partition()) {
          groups.add(group);
        }
      }
    }
    return groups;
  }

  /// Places in the sender's run that are not on the raw topic though their neighbours are; only of
  /// the load generator's events, whose ids have them.
  private List<String> neverArrived(Sent sent) {
    if (thereThen.isEmpty() || cell.size() != WindowSize.SECOND) {
      return List.of();
    }
    Set<EventKey> unknown = sent.unknown();
    // As far as the next ones that are there, of other seconds.
    int from = Math.max(0, there.previousSetBit(Math.max(0, thereThen.nextSetBit(0) - 1)));
    int next = there.nextSetBit(thereThen.length());
    int to = next < 0 ? thereThen.length() : next;
    List<String> missing = new ArrayList<>();
    for (int index = there.nextClearBit(from); index < to; index = there.nextClearBit(index + 1)) {
      if (!unknown.contains(EventKey.of(sender, index))) {
        missing.add(Integer.toString(index));
      }
    }
    if (missing.isEmpty()) {
      return List.of();
    }
    return List.of(
        "  Of what "
            + sender
            + " has sent then, in all series, "
            + missing.size()
            + " are not on"
            + " the raw topic and not in doubt,",
        "  those that failed or were made to be no events among them; by their places in its run: "
            + String.join(", ", missing.subList(0, Math.min(SHOWN, missing.size())))
            + (missing.size() > SHOWN ? ", …" : ""));
  }
}
