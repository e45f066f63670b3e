package dev.millrace.ingest;

import dev.millrace.telemetry.Health;

/// Whether the edge should be sent requests now. Thread-safe.
final class Readiness {
  /// A load balancer notices within seconds: there has to be room until then.
  private static final double FULL = 0.9;

  private final KafkaCheck kafka;
  private final InFlight inFlight;
  private volatile boolean draining;

  Readiness(KafkaCheck kafka, InFlight inFlight) {
    this.kafka = kafka;
    this.inFlight = inFlight;
  }

  /// From now on it should not.
  void drain() {
    draining = true;
  }

  Health check() throws InterruptedException {
    Health own = ownHealth();
    return own.ok() ? kafka.check() : own;
  }

  /// As far as is known without waiting for Kafka: a scrape must not, which gives up before.
  Health known() {
    Health own = ownHealth();
    return own.ok() ? kafka.newest() : own;
  }

  private Health ownHealth() {
    if (draining) {
      return Health.failing("the edge is being stopped");
    }
    if (inFlight.held() > FULL * inFlight.limit()) {
      return Health.failing(
          "the edge is full: it holds " + inFlight.held() + " of " + inFlight.limit() + " bytes");
    }
    return Health.OK;
  }
}
