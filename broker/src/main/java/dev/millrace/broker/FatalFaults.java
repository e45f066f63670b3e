package dev.millrace.broker;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import kafka.server.FaultHandlerFactory;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.server.fault.FaultHandler;
import org.apache.kafka.server.fault.FaultHandlerException;
import org.apache.kafka.server.fault.LoggingFaultHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens instead of the end of the process when the Kafka server cannot go on.
///
/// A Kafka server is its own process, and halts it on a fatal fault: when the controller cannot
/// apply a record, or no folder can be written any more. In this JVM others live, with data of
/// their own to bring to safety. So the fault is kept for whoever asks, and thrown in the thread
/// that hit it: that thread goes no further, as if the process had ended there. Everything else of
/// the server is taken down by [EmbeddedBroker] at once, for Kafka does not expect to go on after
/// such a fault.
final class FatalFaults implements FaultHandlerFactory, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FatalFaults.class);

  /// Kafka ends the process in two ways: by the fault handlers that it is given for each server,
  /// and directly by [Exit], which is one for the JVM and does not tell which server it was. The
  /// latter is therefore told to all.
  private static final Set<FatalFaults> OPEN = ConcurrentHashMap.newKeySet();

  static {
    // Never put back: a thread left over from a closed broker may still want to end the process.
    Exit.setExitProcedure(FatalFaults::insteadOfExit);
    Exit.setHaltProcedure(FatalFaults::insteadOfExit);
  }

  private final CompletableFuture<BrokerException> first = new CompletableFuture<>();

  FatalFaults() {
    OPEN.add(this);
  }

  /// Completes, always normally, with the first fatal fault.
  CompletableFuture<BrokerException> first() {
    return first;
  }

  private static void insteadOfExit(int status, String message) {
    String fault =
        message == null
            ? "Kafka gave up with status %d (a full disk or a missing folder? its log says)"
                .formatted(status)
            : message;
    IllegalStateException here = new IllegalStateException(fault);
    OPEN.forEach(faults -> faults.report(fault, here));
    throw here;
  }

  private void report(String fault, Throwable cause) {
    first.complete(new BrokerException("the broker broke down: " + fault, cause));
  }

  @Override
  public FaultHandler build(String name, boolean fatal, Runnable action) {
    if (!fatal) {
      return new LoggingFaultHandler(name, action);
    }
    return (fault, cause) -> {
      LOG.error("fatal fault in {}: {}", name, fault, cause);
      action.run();
      report(cause == null ? fault : fault + ": " + cause.getMessage(), cause);
      return new FaultHandlerException(fault, cause);
    };
  }

  @Override
  public void close() {
    OPEN.remove(this);
  }
}
