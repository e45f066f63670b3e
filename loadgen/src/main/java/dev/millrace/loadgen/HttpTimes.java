package dev.millrace.loadgen;

import java.time.Duration;

/// How long things may take that go to an edge.
///
/// @param room an event waits for room
/// @param delivery an event of a schedule waits for a connection
/// @param connect one address is connected to
/// @param exchange a request is sent and answered, all in all
/// @param pause until it is tried again to connect
/// @param ready the edge gets ready
record HttpTimes(
    Duration room,
    Duration delivery,
    Duration connect,
    Duration exchange,
    Duration pause,
    Duration ready) {
  /// With a schedule, no longer than a hiccup; without, longer than any answer takes.
  static HttpTimes of(boolean paced) {
    return new HttpTimes(
        paced ? Duration.ofMillis(200) : Duration.ofSeconds(45),
        // As with Kafka.
        Duration.ofSeconds(30),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        // An edge that is not there is not to be asked thousands of times a second.
        Duration.ofMillis(100),
        Duration.ofSeconds(15));
  }

  /// After that, the fate of what was sent is known: it has waited, and was answered or not.
  Duration settled() {
    return delivery.plus(exchange.multipliedBy(2));
  }
}
