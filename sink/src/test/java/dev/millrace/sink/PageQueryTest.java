package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.Series;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageQueryTest {
  private static final long NEWEST = 1_795_255_200_000L;

  private static PageQuery of(String query) {
    return PageQuery.of(URI.create("/api/course" + query));
  }

  @Test
  void nothingAskedIsTheTotalOfTheLastTenMinutes() {
    assertEquals(Series.TOTAL, of("").series());
    assertEquals(new PageQuery.Span(NEWEST - 600_000, NEWEST), of("").span(NEWEST));
  }

  @Test
  void readsSpanAndSeries() {
    PageQuery query = of("?from=1000&to=61000&service=a%20b&route=%2Fx%3Fy%3D1%26z");
    assertEquals(new Series("a b", "/x?y=1&z"), query.series());
    assertEquals(new PageQuery.Span(1_000, 61_000), query.span(NEWEST));
    assertEquals(new PageQuery.Span(NEWEST - 5_000, NEWEST), of("?last=5000").span(NEWEST));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          ?from=1000;                    from and to go together
          ?from=2000&to=1000;            must be before
          ?from=1000&to=1000;            must be before
          ?from=-1&to=1000;              from=-1
          ?from=0&to=abc;                to=abc
          ?from=0&to=99999999999999;     longer than 366 days
          ?last=0;                       must be before
          ?last=1.5;                     last=1.5
          ?last=;                        must be milliseconds
          ?last=999999999999999999;      must be milliseconds
          ?last=5&from=1&to=2;           not all of them
          ?last=5&last=6;                given twice
          ?service=a;                    service and route go together
          ?limit=5;                      is no parameter
          """)
  void refusesWithASentence(String query, String sentence) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> {
              PageQuery asked = of(query);
              asked.series();
              asked.span(NEWEST);
            });
    assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
  }
}
