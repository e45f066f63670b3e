package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventGeneratorTest {
  private static final int EVENTS = 50_000;

  @Test
  void sameSeedMakesTheSameEvents() {
    EventGenerator one = generator(7);
    EventGenerator other = generator(7);
    for (int i = 0; i < 1_000; i++) {
      assertEquals(one.next(i), other.next(i));
    }
    assertNotEquals(generator(8).next(0), generator(7).next(0));
  }

  @Test
  void idsDiffer() {
    EventGenerator generator = generator(7);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < EVENTS; i++) {
      String id = generator.next(1_763_715_928_123L).id();
      assertEquals(26, id.length());
      ids.add(id);
    }
    assertEquals(EVENTS, ids.size());
  }

  @Test
  void everySeriesOccursAndTheFirstIsTheBusiest() {
    EventGenerator generator = generator(7);
    Map<Series, Integer> counts = new HashMap<>();
    for (int i = 0; i < EVENTS; i++) {
      counts.merge(generator.next(0).series(), 1, Integer::sum);
    }
    assertEquals(100, counts.size());
    int most = counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    // Zipf with exponent 1 over 100 series: the first has 1/5.19 of all.
    assertEquals(EVENTS / 5.19, most, EVENTS * 0.01);
  }

  @Test
  void everyEventKeepsTheContract() {
    RequestEventCodec codec = new RequestEventCodec();
    EventGenerator generator = generator(7);
    boolean failed = false;
    for (int i = 0; i < 10_000; i++) {
      RequestEvent event = generator.next(i);
      assertEquals(event, codec.decode(codec.encode(event)));
      failed |= event.isError();
    }
    assertTrue(failed, "no event is an error");
  }

  private static EventGenerator generator(long seed) {
    return new EventGenerator(new LoadConfig(1, Duration.ofSeconds(1), 20, 5, seed));
  }
}
