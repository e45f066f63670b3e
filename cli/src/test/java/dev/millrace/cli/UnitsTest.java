package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.loadgen.Quantity;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class UnitsTest {
  @ParameterizedTest
  @CsvSource({
    "500ms,PT0.5S",
    "5s,PT5S",
    "1.5m,PT1M30S",
    "2h,PT2H",
    "7d,PT168H",
    "20us,PT0.00002S",
    "20µs,PT0.00002S"
  })
  void readsDurations(String text, Duration expected) {
    assertEquals(expected, new Units.DurationConverter().convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "5 parsecs", "5s/s", "1e3s", "--5s", "5S"})
  void refusesWhatIsNoDuration(String text) {
    assertThrows(TypeConversionException.class, () -> new Units.DurationConverter().convert(text));
  }

  @ParameterizedTest
  @CsvSource({"500,500", "20k,20000", "50k/s,50000", "1.5m,1500000", "1M,1000000", "0.5,0.5"})
  void readsRates(String text, double expected) {
    assertEquals(expected, new Units.RateConverter().convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "5kg", "5k/m", "1e3", "NaN", "∞"})
  void refusesWhatIsNoRate(String text) {
    assertThrows(TypeConversionException.class, () -> new Units.RateConverter().convert(text));
  }

  @Test
  void showsLatenciesInTheUnitThatFits() {
    assertEquals("812 µs", Quantity.micros(812));
    assertEquals("1.83 ms", Quantity.micros(1_834));
    assertEquals("2.10 s", Quantity.micros(2_100_000));
  }
}
