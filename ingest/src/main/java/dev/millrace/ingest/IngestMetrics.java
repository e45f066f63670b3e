package dev.millrace.ingest;

import java.util.Locale;
import java.util.Map.Entry;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// What the edge counts. Of events it holds at any time at which none is on its way:
///
///     received = accepted + rejected + failed + unknown
///
/// `accepted` Kafka has acknowledged; `rejected` are no events; `failed` are surely not in Kafka;
/// `unknown` may be. Thread-safe.
public final class IngestMetrics {
  /// Upper bounds of the buckets of request times, seconds.
  private static final double[] BOUNDS_S = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
  };

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongAdder received = new LongAdder();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder replayed = new LongAdder();
  private final LongAdder connectionsOpened = new LongAdder();
  private final LongAdder connectionsRefused = new LongAdder();
  private final LongAdder connectionsBroken = new LongAdder();
  private final ConcurrentSkipListMap<Integer, LongAdder> answers = new ConcurrentSkipListMap<>();
  private final LongAdder[] buckets = new LongAdder[BOUNDS_S.length + 1];
  private final LongAdder nanos = new LongAdder();

  IngestMetrics() {
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  void received(int events) {
    received.add(events);
  }

  void accepted(int events) {
    accepted.add(events);
  }

  void rejected(int events) {
    rejected.add(events);
  }

  void failed(int events) {
    failed.add(events);
  }

  void unknown(int events) {
    unknown.add(events);
  }

  void replayed() {
    replayed.increment();
  }

  void connectionOpened() {
    connectionsOpened.increment();
  }

  void connectionRefused() {
    connectionsRefused.increment();
  }

  void connectionBroken() {
    connectionsBroken.increment();
  }

  void answered(int status, long tookNanos) {
    answers.computeIfAbsent(status, _ -> new LongAdder()).increment();
    nanos.add(tookNanos);
    int bucket = 0;
    while (bucket < BOUNDS_S.length && tookNanos > BOUNDS_S[bucket] * NANOS) {
      bucket++;
    }
    buckets[bucket].increment();
  }

  /// Events in the bodies that were read.
  public long received() {
    return received.sum();
  }

  /// Events that Kafka has acknowledged.
  public long accepted() {
    return accepted.sum();
  }

  /// What is no event.
  public long rejected() {
    return rejected.sum();
  }

  /// Events that are surely not in Kafka.
  public long failed() {
    return failed.sum();
  }

  /// Events of which nobody knows whether Kafka has them.
  public long unknown() {
    return unknown.sum();
  }

  /// Requests answered with a status.
  public long answers(int status) {
    LongAdder count = answers.get(status);
    return count == null ? 0 : count.sum();
  }

  /// Connections that ended in the middle of something.
  public long connectionsBroken() {
    return connectionsBroken.sum();
  }

  /// In Prometheus' text format.
  ///
  /// @param inFlight bytes held now, and how many may be
  /// @param connections open now
  /// @param evicted answers forgotten before their time
  /// @param ready whether the edge should be sent requests
  String text(InFlight inFlight, int connections, long evicted, boolean ready) {
    StringBuilder text = new StringBuilder(4_096);
    counter(text, "events_received", "Events in bodies that were read", received());
    counter(text, "events_accepted", "Events that Kafka has acknowledged", accepted());
    counter(text, "events_rejected", "What is no event by the contract", rejected());
    counter(text, "events_failed", "Events that are surely not in Kafka", failed());
    counter(text, "events_unknown", "Events that may be in Kafka or not", unknown());
    counter(text, "replays", "Requests answered from memory", replayed.sum());
    counter(text, "replays_forgotten", "Answers forgotten before their time", evicted);
    gauge(text, "ready", "1 if the edge should be sent requests, else 0", ready ? 1 : 0);
    gauge(text, "in_flight_bytes", "Bytes of bodies held now", inFlight.held());
    gauge(text, "in_flight_limit_bytes", "Bytes that may be held", inFlight.limit());
    gauge(text, "connections", "Open connections", connections);
    counter(text, "connections_opened", "Connections served", connectionsOpened.sum());
    counter(text, "connections_refused", "Connections beyond a limit", connectionsRefused.sum());
    counter(text, "connections_broken", "Connections that ended half-way", connectionsBroken());
    requests(text);
    durations(text);
    return text.toString();
  }

  private void requests(StringBuilder text) {
    head(text, "requests_total", "Requests answered, by status", "counter");
    for (Entry<Integer, LongAdder> answer : answers.entrySet()) {
      line(text, "requests_total{status=\"" + answer.getKey() + "\"}", answer.getValue().sum());
    }
  }

  private void durations(StringBuilder text) {
    String name = "request_duration_seconds";
    head(text, name, "From a request's head to its answer", "histogram");
    long sum = 0;
    for (int i = 0; i < buckets.length; i++) {
      sum += buckets[i].sum();
      String bound = i == BOUNDS_S.length ? "+Inf" : Double.toString(BOUNDS_S[i]);
      line(text, name + "_bucket{le=\"" + bound + "\"}", sum);
    }
    text.append(
        String.format(Locale.ROOT, "millrace_ingest_%s_sum %.6f%n", name, nanos.sum() / NANOS));
    line(text, name + "_count", sum);
  }

  private static void counter(StringBuilder text, String name, String help, long value) {
    head(text, name + "_total", help, "counter");
    line(text, name + "_total", value);
  }

  private static void gauge(StringBuilder text, String name, String help, long value) {
    head(text, name, help, "gauge");
    line(text, name, value);
  }

  private static void head(StringBuilder text, String name, String help, String type) {
    text.append("# HELP millrace_ingest_").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE millrace_ingest_").append(name).append(' ').append(type).append('\n');
  }

  private static void line(StringBuilder text, String name, long value) {
    text.append("millrace_ingest_").append(name).append(' ').append(value).append('\n');
  }
}
