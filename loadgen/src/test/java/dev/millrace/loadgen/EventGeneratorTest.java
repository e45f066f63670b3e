package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventGeneratorTest {
  private static final int EVENTS = 50_000;
  private static final long START = 1_763_715_928_123L;
  private static final long STEP = 12_345_678;

  private static final String ODD =
      """
      services: [a, b b, zürich, 搜索, "😀"]
      routes: ["/", "/x|y", "/é/{id}"]
      latency: {median: {min: 1us, max: 1h}, sigma: 3, slow: {share: 5%, factor: 100}}
      without-duration: 20%
      bytes: {min: 0, max: 1048576}
      errors: 30%
      incidents: [{service: a, from: 1s, until: 9m, slower: 50, errors: 80%}]
      """;

  @ParameterizedTest
  @ValueSource(strings = {"{}", ODD, ODD + "size: 700\n", ODD + "size: 64KiB\n"})
  void theCodecReadsWhatWasMeant(String yaml) {
    RequestEventCodec codec = new RequestEventCodec();
    EventGenerator generator = generator(yaml);
    for (int i = 0; i < 5_000; i++) {
      byte[] json = generator.next(i, i * STEP);
      RequestEvent event = codec.decode(json);
      assertEquals(START + i * STEP / 1_000_000, event.time());
      assertEquals(generator.time(), event.time());
      assertEquals(generator.series().get(generator.seriesIndex()), event.series());
      assertEquals(generator.status(), event.status());
      assertEquals(generator.durationUs(), event.durationUs().orElse(-1));
      assertEquals(generator.bytes(), event.bytes());
      assertTrue(generator.isValid());
      assertNull(generator.key());
      assertTrue(json.length >= leastSize(yaml), json.length + " bytes");
      assertTrue(json.length <= Topics.MAX_EVENT_BYTES);
    }
  }

  private static int leastSize(String yaml) {
    return yaml.contains("700") ? 700 : yaml.contains("64KiB") ? Topics.MAX_EVENT_BYTES : 0;
  }

  @ParameterizedTest
  @ValueSource(strings = {"day", "dirty-input", "flash-crowd", "slow-dependency", "steady"})
  void sameSeedAndStartMakeTheSameBytes(String shipped) throws Exception {
    Scenario scenario = ScenarioFile.read(shipped);
    EventGenerator one = new EventGenerator(scenario, START);
    EventGenerator other = new EventGenerator(scenario, START);
    EventGenerator elsewhere = new EventGenerator(scenario.withSeed(8), START);
    int different = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] event = one.next(i, i * STEP);
      assertArrayEquals(event, other.next(i, i * STEP));
      different += Arrays.equals(event, elsewhere.next(i, i * STEP)) ? 0 : 1;
    }
    assertEquals(2_000, different);
  }

  @Test
  void anEventDoesNotDependOnTheOnesBefore() {
    EventGenerator all = generator("malformed: 5%\nout-of-order: {share: 20%}\n");
    EventGenerator everyThird = generator("malformed: 5%\nout-of-order: {share: 20%}\n");
    for (int i = 0; i < 3_000; i++) {
      byte[] event = all.next(i, i * STEP);
      if (i % 3 == 1) {
        assertArrayEquals(event, everyThird.next(i, i * STEP));
      }
    }
  }

  @Test
  void idsDiffer() {
    EventGenerator generator = generator("{}");
    RequestEventCodec codec = new RequestEventCodec();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < EVENTS; i++) {
      String id = codec.decode(generator.next(i, 0)).id();
      assertEquals(26, id.length());
      ids.add(id);
    }
    assertEquals(EVENTS, ids.size());
  }

  @Test
  void everySeriesOccursAndTheFirstIsTheBusiest() {
    EventGenerator generator = generator("{}");
    Map<Series, Integer> counts = new HashMap<>();
    for (int i = 0; i < EVENTS; i++) {
      generator.next(i, 0);
      counts.merge(generator.series().get(generator.seriesIndex()), 1, Integer::sum);
    }
    assertEquals(100, counts.size());
    int most = counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    // Zipf with exponent 1 over 100 series: the first has 1/5.19 of all.
    assertEquals(EVENTS / 5.19, most, EVENTS * 0.01);
  }

  @Test
  void outcomesAreAsOftenAsWanted() {
    EventGenerator generator = generator("errors: 2%\nclient-errors: 10%\nwithout-duration: 30%\n");
    int errors = 0;
    int clientErrors = 0;
    int without = 0;
    for (int i = 0; i < EVENTS; i++) {
      generator.next(i, 0);
      errors += RequestEvent.isError(generator.status()) ? 1 : 0;
      clientErrors += RequestEvent.isClientError(generator.status()) ? 1 : 0;
      without += generator.durationUs() < 0 ? 1 : 0;
    }
    assertEquals(0.02 * EVENTS, errors, 0.004 * EVENTS);
    assertEquals(0.10 * EVENTS, clientErrors, 0.008 * EVENTS);
    assertEquals(0.30 * EVENTS, without, 0.012 * EVENTS);
  }

  @Test
  void latenciesAreLogNormalAroundTheMedianWithASecondPeak() {
    EventGenerator generator =
        generator("latency: {median: 10ms, sigma: 0.5, slow: {share: 10%, factor: 1000}}");
    long[] durations = new long[EVENTS];
    for (int i = 0; i < EVENTS; i++) {
      generator.next(i, 0);
      durations[i] = generator.durationUs();
    }
    Arrays.sort(durations);
    long slow = Arrays.stream(durations).filter(us -> us > 500_000).count();
    assertEquals(0.1 * EVENTS, slow, 0.01 * EVENTS);
    // The median of the nine tenths that are quick.
    assertEquals(10_000, (double) durations[(int) (EVENTS * 0.45)], 200);
    // 84.1 % of these: one sigma up.
    assertEquals(10_000 * Math.exp(0.5), durations[(int) (EVENTS * 0.9 * 0.841)], 500);
  }

  @Test
  void anIncidentLastsForItsTimeAndConcernsItsServiceOnly() {
    EventGenerator generator =
        generator(
            """
            services: [a, b]
            routes: 1
            skew: 0
            latency: {median: 1ms, sigma: 0}
            errors: 0%
            incidents: [{service: b, from: 2s, until: 3s, slower: 40, errors: 100%}]
            """);
    for (int i = 0; i < 1_000; i++) {
      long due = i * 5_000_000L;
      generator.next(i, due);
      boolean ill = generator.seriesIndex() == 1 && due >= 2_000_000_000L && due < 3_000_000_000L;
      assertEquals(ill ? 40_000 : 1_000, generator.durationUs());
      assertEquals(ill, generator.status() == 503);
    }
  }

  @Test
  void faultsAreAsOftenAndAsOldAsWanted() {
    RequestEventCodec codec = new RequestEventCodec();
    EventGenerator generator =
        generator(
            """
            out-of-order: {share: 10%, by: 300ms}
            late: {share: 5%, by: 7s}
            duplicates: 3%
            malformed: 4%
            oversized: 1%
            """);
    int[] counts = new int[5];
    byte[] last = null;
    for (int i = 0; i < 20_000; i++) {
      byte[] json = generator.next(i, i * STEP);
      long expected = START + i * STEP / 1_000_000;
      if (Arrays.equals(json, last)) {
        assertSame(last, json);
        counts[2]++;
        continue;
      }
      last = json;
      if (!generator.isValid()) {
        assertThrows(InvalidEventException.class, () -> codec.decode(json));
        counts[json.length > Topics.MAX_EVENT_BYTES ? 4 : 3]++;
        assertFalse(generator.isAged());
        continue;
      }
      long age = expected - codec.decode(json).time();
      assertEquals(age > 0, generator.isAged());
      assertTrue(age == 0 || age == 7_000 || (age >= 1 && age <= 300), "age " + age);
      counts[age == 7_000 ? 1 : 0] += age > 0 ? 1 : 0;
    }
    double[] shares = {0.10, 0.05, 0.03, 0.04, 0.01};
    for (int i = 0; i < shares.length; i++) {
      assertEquals(shares[i], counts[i] / 20_000.0, 0.01, "fault " + i);
    }
  }

  @Test
  void everyKindOfMalformedEventIsRefused() {
    byte[] event = generator("services: [zürich]\n").next(0, 0);
    new RequestEventCodec().decode(event);
    for (Malformed kind : Malformed.values()) {
      assertThrows(
          InvalidEventException.class,
          () -> new RequestEventCodec().decode(kind.of(event)),
          kind.name());
    }
  }

  @Test
  void keysAreAsChosen() {
    EventGenerator bySeries = generator("key: series");
    bySeries.next(0, 0);
    Series series = bySeries.series().get(bySeries.seriesIndex());
    assertEquals(series.key(), new String(bySeries.key(), StandardCharsets.UTF_8));
    EventGenerator byService = generator("key: service");
    byService.next(0, 0);
    assertEquals(series.service(), new String(byService.key(), StandardCharsets.UTF_8));
  }

  @Test
  void defaultsAreThoseOfOptions() {
    Scenario scenario = Scenario.steady();
    assertEquals(20_000, scenario.load().meanPerS(), 1e-6);
    assertEquals(Duration.ofSeconds(30), scenario.load().duration());
    assertEquals(20, scenario.traffic().services().size());
    assertEquals(5, scenario.traffic().routes().size());
    assertEquals(42, scenario.seed());
  }

  private static EventGenerator generator(String yaml) {
    return new EventGenerator(ScenarioFile.parse("test.yaml", "test", yaml), START);
  }
}
