package dev.millrace.broker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.loader.MetadataLoader;
import org.apache.kafka.image.publisher.MetadataPublisher;

/// Sees in the cluster's metadata that a broker is off duty: it leads no partition, because it
/// never ran, was shut down, or was given up by the controller after its last heartbeat.
///
/// A broker that comes back from a kill before that takes itself for the leader still, loads the
/// transactions that were being committed, and a moment later leads nothing. Kafka 4.3.1 then takes
/// a partition without a leader for a deleted one (KAFKA-20734) and ends the transaction without
/// telling it: whatever was committed there is never readable.
final class OffDuty implements MetadataPublisher {
  private final int broker;
  private final CompletableFuture<Void> seen = new CompletableFuture<>();

  private OffDuty(int broker) {
    this.broker = broker;
  }

  /// Returns when the broker is off duty, or a fault keeps the controller from seeing to it.
  ///
  /// @throws TimeoutException if neither comes
  static void await(
      int broker, MetadataLoader metadata, CompletableFuture<?> fault, Duration patience)
      throws InterruptedException, ExecutionException, TimeoutException {
    OffDuty publisher = new OffDuty(broker);
    try {
      metadata
          .installPublishers(List.of(publisher))
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
      CompletableFuture.anyOf(publisher.seen, fault)
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "the controller did not give up the broker that ran here before within "
              + patience.toSeconds()
              + " s");
    } finally {
      // Not waited for: after a fault nobody may be there to do it.
      var _ = metadata.removeAndClosePublisher(publisher);
    }
  }

  @Override
  public String name() {
    return "OffDuty";
  }

  @Override
  public void onMetadataUpdate(
      MetadataDelta delta, MetadataImage newImage, LoaderManifest manifest) {
    var registration = newImage.cluster().broker(broker);
    if (registration == null || registration.fenced()) {
      seen.complete(null);
    }
  }

  @Override
  public void close() {
    // Has nothing of its own.
  }
}
