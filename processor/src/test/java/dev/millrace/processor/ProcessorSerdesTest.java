package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

class ProcessorSerdesTest {
  private final SplittableRandom random = new SplittableRandom(3);

  @Test
  void measurementsComeBackEqual() {
    for (int i = 0; i < 1_000; i++) {
      long wide = random.nextLong(RequestEvent.MAX_DURATION_US + 1) >>> random.nextInt(41);
      Measurement measurement =
          new Measurement(
              100 + random.nextInt(900),
              random.nextInt(5) == 0 ? OptionalLong.empty() : OptionalLong.of(wide),
              wide);
      assertEquals(measurement, throughBytes(ProcessorSerdes.measurement(), measurement));
    }
  }

  @Test
  void aggregatesComeBackWithTheSameRow() {
    WindowAggregate aggregate = new WindowAggregate();
    Series series = new Series("a", "/");
    for (int i = 0; i < 1_000; i++) {
      WindowAggregate back = throughBytes(ProcessorSerdes.aggregate(), aggregate);
      assertEquals(row(aggregate, series), row(back, series));
      aggregate.add(
          new Measurement(
              200 + random.nextInt(400), OptionalLong.of(random.nextLong(1L << (i % 40 + 1))), i));
    }
  }

  private static String row(WindowAggregate aggregate, Series series) {
    byte[] json =
        ProcessorSerdes.summary().serializer().serialize("", aggregate.summary(0, 1000, series));
    return new String(json, StandardCharsets.UTF_8);
  }

  @Test
  void keysOfRollupsSortByTime() {
    byte[][] keys =
        random
            .longs(100, 0, Long.MAX_VALUE)
            .sorted()
            .mapToObj(start -> new SeriesWindow(start, new Series("s" + random.nextInt(), "*")))
            .map(key -> ProcessorSerdes.seriesWindow().serializer().serialize("", key))
            .toArray(byte[][]::new);
    for (int i = 1; i < keys.length; i++) {
      assertTrue(Arrays.compareUnsigned(keys[i - 1], keys[i]) < 0);
    }
  }

  @Test
  void noValueIsNoBytes() {
    assertArrayEquals(null, ProcessorSerdes.aggregate().serializer().serialize("", null));
    assertEquals(null, ProcessorSerdes.aggregate().deserializer().deserialize("", null));
  }

  private static <T> T throughBytes(Serde<T> serde, T value) {
    return serde.deserializer().deserialize("", serde.serializer().serialize("", value));
  }
}
