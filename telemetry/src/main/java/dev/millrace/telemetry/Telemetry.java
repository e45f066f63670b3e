package dev.millrace.telemetry;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmHeapPressureMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.streams.KafkaStreams;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The figures of one service, for `/metrics`: its own, those of its JVM and process, and those of
/// its Kafka clients. Thread-safe.
///
/// To make one loads some hundred classes: see [LateTelemetry] where a start must be quick.
public final class Telemetry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

  /// How often it is looked whether a Kafka client has new metrics, or some no longer: with each
  /// partition they come and go. Their values are read at the scrape. Micrometer's own minute would
  /// be long for somebody who watches a rebalance.
  private static final Duration REFRESH = Duration.ofSeconds(10);

  private final PrometheusRegistry prometheus = new PrometheusRegistry();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM);
  private final Deque<AutoCloseable> bound = new ArrayDeque<>();
  private final ScheduledExecutorService refresher =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("millrace-telemetry").factory());

  /// With the figures of the JVM and the process.
  public Telemetry() {
    meters.config().meterFilter(new KafkaMeters());
    bind(new JvmInfoMetrics());
    bind(new JvmMemoryMetrics());
    bind(new JvmHeapPressureMetrics());
    bind(new JvmGcMetrics());
    bind(new JvmThreadMetrics());
    bind(new ProcessorMetrics());
    bind(new UptimeMetrics());
    bind(new FileDescriptorMetrics());
    bind(new ResidentMemory());
  }

  /// Adds the service's own figures.
  ///
  /// @param figures are asked at each scrape, by the scraper's thread
  public void own(Consumer<MetricSet> figures) {
    own(() -> {
      MetricSet set = new MetricSet();
      figures.accept(set);
      return set.snapshots();
    });
  }

  /// Adds the service's own figures, in all the forms that Prometheus has.
  ///
  /// @param figures are asked at each scrape, by the scraper's thread
  public void own(MultiCollector figures) {
    prometheus.register(figures);
  }

  /// Adds what a producer measures.
  public void kafka(Producer<?, ?> producer) {
    bind(new KafkaClientMetrics(producer, Tags.empty(), refresher, REFRESH));
  }

  /// Adds what a consumer measures.
  public void kafka(org.apache.kafka.clients.consumer.Consumer<?, ?> consumer) {
    bind(new KafkaClientMetrics(consumer, Tags.empty(), refresher, REFRESH));
  }

  /// Adds what Kafka Streams and all its clients measure.
  public void kafkaStreams(KafkaStreams streams) {
    bind(new KafkaStreamsMetrics(streams, Tags.empty(), refresher, REFRESH));
  }

  private synchronized void bind(MeterBinder binder) {
    binder.bindTo(meters);
    if (binder instanceof AutoCloseable closeable) {
      bound.push(closeable);
    }
  }

  /// All figures of now, in the format that the scraper asks for.
  ///
  /// @param accept the request's header of this name; null if it has none
  public Exposition scrape(String accept) {
    return Exposition.of(accept, prometheus.scrape());
  }

  /// Ends its thread, and its listening to the JVM. The clients are their owners' to close.
  @Override
  public synchronized void close() {
    refresher.shutdownNow();
    for (AutoCloseable binder : bound) {
      try {
        binder.close();
      } catch (Exception e) {
        LOG.warn("closing {}", binder.getClass().getSimpleName(), e);
      }
    }
    bound.clear();
    meters.close();
  }
}
