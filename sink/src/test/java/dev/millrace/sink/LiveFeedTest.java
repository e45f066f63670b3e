package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveFeedTest {
  private static final WindowSummary ROW =
      CourseQueryTest.window(5_000, 1_000, Traffic.ORDERS, 17, 17);
  private static final WindowSummary TOTAL =
      CourseQueryTest.window(5_000, 1_000, Series.TOTAL, 17, 17, 17);

  private final LiveFeed feed = new LiveFeed();

  private LiveFeed.Listener join(Series series) {
    return feed.join(series).orElseThrow();
  }

  private static String next(LiveFeed.Listener listener) throws InterruptedException {
    byte[] message = listener.next(0);
    return message == null ? null : new String(message, StandardCharsets.UTF_8);
  }

  @Test
  void tellsRowsAndTheHeatOfTheSeriesThatIsLookedAt() throws Exception {
    LiveFeed.Listener total = join(Series.TOTAL);
    LiveFeed.Listener orders = join(Traffic.ORDERS);
    feed.written(List.of(ROW, TOTAL), true);
    feed.flush();
    String told = next(total);
    assertTrue(told.startsWith("event: rows\ndata: {\"rows\":[{"), told);
    assertTrue(told.contains("\"service\":\"checkout\",\"route\":\"/v1/orders/{id}\""), told);
    assertTrue(told.contains("\"heat\":[[5000,16,3]]"), told);
    assertTrue(told.endsWith("}\n\n"), told);
    assertTrue(next(orders).contains("\"heat\":[[5000,16,2]]"));
  }

  @Test
  void aRowThatComesTwiceIsToldAsItWasLast() throws Exception {
    LiveFeed.Listener listener = join(Series.TOTAL);
    feed.written(List.of(TOTAL), true);
    feed.written(List.of(CourseQueryTest.window(5_000, 1_000, Series.TOTAL, 1, 2, 3, 4, 5)), true);
    feed.flush();
    String told = next(listener);
    assertTrue(told.contains("\"requests\":5"), told);
    assertFalse(told.contains("\"requests\":3"), told);
    feed.flush();
    assertNull(next(listener));
  }

  @Test
  void nothingIsKeptWhileNobodyListens() throws Exception {
    feed.written(List.of(ROW), true);
    LiveFeed.Listener listener = join(Series.TOTAL);
    feed.flush();
    assertNull(next(listener));
  }

  @Test
  void moreRowsThanAPageCanFollowAreReadAgain() throws Exception {
    LiveFeed.Listener listener = join(Series.TOTAL);
    for (int i = 0; i < 5; i++) {
      feed.written(Collections.nCopies(5_000, ROW), true);
    }
    feed.flush();
    assertEquals("event: reload\ndata: {}\n\n", next(listener));
    feed.written(List.of(ROW), true);
    feed.flush();
    assertTrue(next(listener).startsWith("event: rows"));
  }

  @Test
  void rowsOfWhichSomeGaveWayAreReadAgain() throws Exception {
    LiveFeed.Listener listener = join(Series.TOTAL);
    feed.written(List.of(ROW), false);
    feed.flush();
    assertEquals("event: reload\ndata: {}\n\n", next(listener));
  }

  @Test
  void moreBytesThanAPageCanFollowAreReadAgain() throws Exception {
    LiveFeed.Listener listener = join(Series.TOTAL);
    byte[] message = LiveFeed.message("rows", new byte[LiveFeed.MAX_WAITING_BYTES / 3]);
    for (int i = 0; i < 3; i++) {
      feed.tell(message);
    }
    assertEquals("event: reload\ndata: {}\n\n", next(listener));
    assertNull(next(listener));
    feed.tell(message);
    feed.tell(message);
    assertTrue(next(listener).startsWith("event: rows"));
    assertTrue(next(listener).startsWith("event: rows"));
  }

  @Test
  void whoDoesNotListenIsDropped() {
    join(Series.TOTAL);
    byte[] message = LiveFeed.message("status", new byte[] {'{', '}'});
    for (int i = 0; i < 1_000 && feed.isHeard(); i++) {
      feed.tell(message);
    }
    assertFalse(feed.isHeard());
    // What wakes up a thread that is stuck in writing.
    assertTrue(Thread.interrupted());
  }

  @Test
  void thereAreSoManyListenersAndNoMore() {
    LiveFeed.Listener last = null;
    for (int i = 0; i < LiveFeed.MAX_LISTENERS; i++) {
      last = join(Series.TOTAL);
    }
    assertTrue(feed.join(Series.TOTAL).isEmpty());
    feed.leave(last);
    assertTrue(feed.join(Series.TOTAL).isPresent());
  }
}
