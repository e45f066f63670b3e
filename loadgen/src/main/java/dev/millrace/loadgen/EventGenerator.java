package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Makes up plausible requests and writes them as JSON, byte by byte: few series get most of the
/// traffic (Zipf), each route has its own log-normal latency, some answers are errors. What an
/// event is depends on seed, start and its place in the run alone; only a duplicate is what the
/// same generator wrote just before.
///
/// What the last event was can be asked for until the next one is made. Not thread-safe.
public final class EventGenerator {
  private static final byte[] BASE32 = ascii("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
  private static final byte[][] METHODS = {
    ascii("GET"), ascii("GET"), ascii("GET"), ascii("POST"), ascii("PUT")
  };
  private static final byte[] ID = ascii("{\"id\":\"");
  private static final byte[] TIME = ascii("\",\"time\":");
  private static final byte[] STATUS = ascii("\",\"status\":");
  private static final byte[] DURATION = ascii(",\"duration_us\":");
  private static final byte[] BYTES = ascii(",\"bytes\":");
  private static final byte[] PAD = ascii(",\"pad\":\"");
  private static final byte[] PAD_END = ascii("\"}");

  private static final int BILLION = 1_000_000_000;
  private static final List<Malformed> MALFORMED = List.of(Malformed.values());

  /// The most that an event without padding takes beside its two names.
  private static final int FIXED = 256;

  private static final int OVERSIZE = Topics.MAX_EVENT_BYTES + 512;

  private final Traffic traffic;
  private final Faults faults;
  private final boolean faultless;
  private final long startMs;
  private final EventRandom random;
  private final Popularity popularity;
  private final List<Series> series;
  private final byte[][] names;
  private final byte[][] keys;
  private final double[] medianUs;
  private final Incidents incidents;
  private final byte[] buffer;

  /// Letters to fill events with: random ones, because a run of equal letters would all but vanish
  /// when compressed.
  private final byte[] filling;

  private int length;
  private byte[] event = new byte[0];
  private int picked;
  private long made;
  private long time;
  private int status;
  private long durationUs;
  private long bytes;
  private boolean valid;
  private boolean aged;

  /// @param startMs event time of the run's start, epoch milliseconds
  public EventGenerator(Scenario scenario, long startMs) {
    this.startMs = startMs;
    traffic = scenario.traffic();
    faults = scenario.faults();
    faultless = faults.isNone();
    random = new EventRandom(scenario.seed());
    series = series(traffic);
    popularity = new Popularity(series.size(), traffic.skew());
    names = new byte[series.size()][];
    keys = new byte[series.size()][];
    medianUs = new double[series.size()];
    EventRandom ofSeries = new EventRandom(~scenario.seed());
    Traffic.Latency latency = traffic.latency();
    double min = micros(latency.minMedian());
    double ratio = micros(latency.maxMedian()) / min;
    int longest = 0;
    for (int i = 0; i < names.length; i++) {
      Series one = series.get(i);
      names[i] =
          (",\"service\":\"" + one.service() + "\",\"route\":\"" + one.route() + "\",\"method\":\"")
              .getBytes(StandardCharsets.UTF_8);
      keys[i] = key(one);
      longest = Math.max(longest, names[i].length);
      ofSeries.begin(i);
      // Evenly on a logarithmic scale.
      medianUs[i] = min * Math.pow(ratio, ofSeries.nextDouble());
    }
    incidents = new Incidents(traffic.incidents(), series);
    buffer = new byte[Math.max(FIXED + longest + traffic.size(), OVERSIZE + 64)];
    filling = new byte[buffer.length];
    for (int i = 0; i < filling.length; i++) {
      filling[i] = BASE32[(int) (EventRandom.mix(i) >>> 59)];
    }
  }

  private static double micros(Duration duration) {
    return duration.toNanos() / 1e3;
  }

  /// The first route of each service, then the second: so services differ in how busy they are.
  private static List<Series> series(Traffic traffic) {
    List<Series> all = new ArrayList<>();
    for (String route : traffic.routes()) {
      for (String service : traffic.services()) {
        all.add(new Series(service, route));
      }
    }
    return all;
  }

  private byte[] key(Series one) {
    return switch (traffic.key()) {
      case NONE -> null;
      case SERIES -> one.key().getBytes(StandardCharsets.UTF_8);
      case SERVICE -> one.service().getBytes(StandardCharsets.UTF_8);
    };
  }

  /// Makes an event.
  ///
  /// @param index its place in the run, from 0
  /// @param dueNanos when it is due, since the start: its event time, if that is not at fault
  /// @return as it is to stand in Kafka
  public byte[] next(long index, long dueNanos) {
    random.begin(index);
    double fault = faultless ? 1 : random.nextDouble();
    if (fault < faults.duplicates() && event.length > 0) {
      return event;
    }
    fault -= faults.duplicates();
    valid = true;
    aged = false;
    time = startMs + dueNanos / 1_000_000;
    if (fault >= 0 && fault < faults.malformed()) {
      valid = false;
      event = MALFORMED.get(random.nextInt(MALFORMED.size())).of(plain(index, dueNanos));
      return event;
    }
    fault -= faults.malformed();
    if (fault >= 0 && fault < faults.oversized()) {
      valid = false;
      event = fields(index, dueNanos, OVERSIZE);
      return event;
    }
    fault -= faults.oversized();
    if (fault >= 0 && fault < faults.late()) {
      aged = true;
      time -= faults.lateBy().toMillis();
    } else if (fault >= 0 && fault - faults.late() < faults.outOfOrder()) {
      aged = true;
      time -= 1 + random.nextLong(faults.outOfOrderBy().toMillis());
    }
    event = plain(index, dueNanos);
    return event;
  }

  private byte[] plain(long index, long dueNanos) {
    return fields(index, dueNanos, traffic.size());
  }

  private byte[] fields(long index, long dueNanos, int size) {
    made = index;
    picked = popularity.pick(random.nextLong());
    boolean ill = incidents.isAny() && incidents.begin(picked, dueNanos);
    length = 0;
    put(ID);
    digits(10, time);
    digits(8, index);
    digits(8, random.nextLong());
    put(TIME);
    decimal(time);
    put(names[picked]);
    put(METHODS[random.nextInt(METHODS.length)]);
    put(STATUS);
    status = ill && random.nextDouble() < incidents.errors() ? 503 : drawnStatus();
    decimal(status);
    duration(ill ? incidents.slower() : 1);
    put(BYTES);
    bytes = traffic.minBytes() + random.nextLong(traffic.maxBytes() - traffic.minBytes() + 1);
    decimal(bytes);
    end(size);
    return Arrays.copyOf(buffer, length);
  }

  private void duration(double slower) {
    durationUs = -1;
    if (traffic.withoutDuration() > 0 && random.nextDouble() < traffic.withoutDuration()) {
      return;
    }
    Traffic.Latency latency = traffic.latency();
    double us = medianUs[picked] * Math.exp(latency.sigma() * random.nextGaussian()) * slower;
    if (latency.slowShare() > 0 && random.nextDouble() < latency.slowShare()) {
      us *= latency.slowFactor();
    }
    durationUs = Math.min((long) us, RequestEvent.MAX_DURATION_US);
    put(DURATION);
    decimal(durationUs);
  }

  private int drawnStatus() {
    double outcome = random.nextDouble();
    if (outcome < traffic.errors()) {
      return 500 + random.nextInt(4);
    }
    // Three of four are not found, the others too many.
    double client = (outcome - traffic.errors()) / Math.max(traffic.clientErrors(), 1e-12);
    return client < 0.75 ? 404 : client < 1 ? 429 : 200;
  }

  private void end(int size) {
    int missing = size - length - PAD.length - PAD_END.length;
    if (missing > 0) {
      put(PAD);
      int from = random.nextInt(filling.length - missing);
      System.arraycopy(filling, from, buffer, length, missing);
      length += missing;
      put(PAD_END);
    } else {
      buffer[length++] = '}';
    }
  }

  private void put(byte[] part) {
    System.arraycopy(part, 0, buffer, length, part.length);
    length += part.length;
  }

  /// A ULID: 48 bits of time, then 80 bits that differ; here the event's place in the run and
  /// random ones.
  private void digits(int count, long value) {
    for (int i = count - 1; i >= 0; i--) {
      buffer[length++] = BASE32[(int) (value >>> (5 * i)) & 31];
    }
  }

  private void decimal(long value) {
    if (value <= Integer.MAX_VALUE) {
      decimal((int) value);
    } else {
      // Nine digits at a time: dividing an int takes a fraction of what dividing a long does.
      decimal(value / BILLION);
      int rest = (int) (value % BILLION);
      for (int i = 1; i <= 9; i++) {
        int tenth = rest / 10;
        buffer[length + 9 - i] = (byte) ('0' + rest - tenth * 10);
        rest = tenth;
      }
      length += 9;
    }
  }

  private void decimal(int value) {
    int digits = 1;
    for (int limit = 10; digits < 10 && value >= limit; digits++) {
      limit = digits < 9 ? limit * 10 : limit;
    }
    length += digits;
    int rest = value;
    for (int i = 1; i <= digits; i++) {
      int tenth = rest / 10;
      buffer[length - i] = (byte) ('0' + rest - tenth * 10);
      rest = tenth;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// All series, in the order of [#seriesIndex()].
  public List<Series> series() {
    return series;
  }

  /// Which series the last event is of; meaningless if it is not valid.
  public int seriesIndex() {
    return picked;
  }

  /// Event time of the last event, epoch milliseconds; record time if it is not valid.
  public long time() {
    return time;
  }

  /// Status of the last event.
  public int status() {
    return status;
  }

  /// Duration of the last event, microseconds; -1 if it carries none.
  public long durationUs() {
    return durationUs;
  }

  /// Size of the answer of the last event.
  public long bytes() {
    return bytes;
  }

  /// The place in the run that is in the last event's id: of a duplicate, that of the event before.
  public long index() {
    return made;
  }

  /// Whether the last event keeps the contract.
  public boolean isValid() {
    return valid;
  }

  /// Whether the last event is older than the time at which it was due.
  public boolean isAged() {
    return aged;
  }

  /// Key of the last event's record; null for none.
  public byte[] key() {
    return valid ? keys[picked] : null;
  }
}
