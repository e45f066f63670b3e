package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class DurationStatsTest {
  @Test
  void rankIsTheSmallestThatCoversTheShare() {
    for (String quantile : new String[] {"0", "0.5", "0.9", "0.95", "0.99", "0.999", "1"}) {
      for (long count = 1; count <= 20_000; count += count < 2_000 ? 1 : 997) {
        long exact =
            new BigDecimal(quantile)
                .multiply(BigDecimal.valueOf(count))
                .setScale(0, RoundingMode.CEILING)
                .longValue();
        assertEquals(
            Math.max(1, exact),
            DurationStats.rank(Double.parseDouble(quantile), count),
            quantile + " of " + count);
      }
    }
  }
}
