package dev.millrace.broker;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;

/// A real Kafka broker in this JVM, from Kafka's own server jars: broker and KRaft controller in
/// one node, for a laptop, a demo and tests. There is one replica of everything, and no password.
///
/// It is put together from the parts that `KafkaRaftServer` is made of, for that class binds its
/// own sockets and ends the process when it fails; see [Sockets] and [FatalFaults].
public final class EmbeddedBroker implements AutoCloseable {
  /// How long to wait for the controller to take the broker off duty. Without its word the next
  /// start still works, but first waits for the old registration to run out.
  private static final Duration OFF_DUTY = Duration.ofSeconds(10);

  /// How long the controller may take to see that a session has timed out.
  private static final Duration GIVEN_UP = Duration.ofMinutes(1);

  private final FatalFaults faults = new FatalFaults();
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private String bootstrapServers;

  private EmbeddedBroker() {
    closing.push(faults::close);
  }

  /// Starts a broker, and returns when it serves.
  ///
  /// @throws IllegalArgumentException if Kafka refuses one of the settings in `config.extra()`
  /// @throws BrokerException if the folder is in use or the port taken, or if Kafka does not start;
  ///   nothing is left running then
  public static EmbeddedBroker start(BrokerConfig config) {
    EmbeddedBroker broker = new EmbeddedBroker();
    boolean serves = false;
    try {
      broker.startParts(config);
      serves = true;
    } catch (IllegalArgumentException | BrokerException e) {
      throw e;
    } catch (Exception e) { // Scala declares none, and throws what it likes
      throw broker.didNotStart(config, e);
    } finally {
      if (!serves) {
        broker.close();
      }
    }
    return broker;
  }

  private void startParts(BrokerConfig config) throws Exception {
    FolderLock lock = FolderLock.acquire(config.dataDir());
    closing.push(lock::close);
    Sockets sockets = Sockets.bind(config.host(), config.port());
    closing.push(sockets::close);
    bootstrapServers = sockets.bootstrap();

    Storage storage = Storage.in(lock.folder());
    KafkaConfig settings = ServerSettings.of(config, storage, sockets);
    MetaPropertiesEnsemble identity = storage.open(ServerSettings.NODE_ID);
    SharedServer shared =
        new SharedServer(
            settings,
            identity,
            Time.SYSTEM,
            Server.initializeMetrics(settings, Time.SYSTEM, identity.clusterId().orElseThrow()),
            CompletableFuture.completedFuture(
                Map.of(ServerSettings.NODE_ID, sockets.controllerAddress())),
            List.of(),
            faults,
            sockets);

    // The broker registers with the controller: up after it, down before it.
    ControllerServer controller =
        new ControllerServer(
            shared,
            KafkaRaftServer.configSchema(),
            new BootstrapDirectory(storage.metadata().toString()).read());
    closing.push(() -> {
      controller.shutdown();
      controller.awaitShutdown();
    });
    controller.startup();
    Duration patience = GIVEN_UP.plusMillis(settings.getInt("broker.session.timeout.ms"));
    OffDuty.await(ServerSettings.NODE_ID, shared.loader(), faults.first(), patience);
    if (faults.first().isDone()) {
      throw didNotStart(config, faults.first().join());
    }
    BrokerServer broker = new BrokerServer(shared);
    closing.push(() -> {
      broker.shutdown(faults.first().isDone() ? Duration.ZERO : OFF_DUTY);
      broker.awaitShutdown();
    });
    broker.startup();

    var _ =
        faults
            .first()
            .thenRun(() -> Thread.ofPlatform().name("broken-broker-close").start(this::close));
  }

  private BrokerException didNotStart(BrokerConfig config, Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    // A fault in one of Kafka's threads shows here only as a timeout; the fault says more.
    Throwable cause = faults.first().isDone() ? faults.first().join() : e;
    return new BrokerException(
        "--data %s: the broker did not start: %s".formatted(config.dataDir(), cause.getMessage()),
        cause);
  }

  /// What clients on this machine put into `bootstrap.servers`.
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /// Completes if the broker breaks down, with what happened; by then, or shortly after, it is
  /// closed. A disk that is full or a folder that was taken away are the usual causes.
  public CompletableFuture<BrokerException> failure() {
    return faults.first().copy();
  }

  /// Stops the broker; what it has acknowledged is in the folder. Returns when all is closed, also
  /// if another thread is at it, and does nothing the second time.
  @Override
  public synchronized void close() {
    if (closing.isEmpty()) {
      return;
    }
    try {
      closing.pop().run();
    } finally {
      close(); // the rest, also if this step fails: else the folder would stay locked
    }
  }
}
