package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.server.fault.FaultHandlerException;
import org.junit.jupiter.api.Test;

class FatalFaultsTest {
  @Test
  void keepsTheFirstFatalFault() {
    try (FatalFaults faults = new FatalFaults()) {
      AtomicInteger actions = new AtomicInteger();
      RuntimeException thrown =
          faults
              .build("controller", true, actions::incrementAndGet)
              .handleFault("cannot apply", new IllegalStateException("bad record"));
      faults.build("raft", true, actions::incrementAndGet).handleFault("second", null);

      assertInstanceOf(FaultHandlerException.class, thrown);
      assertEquals(2, actions.get());
      assertEquals(
          "the broker broke down: cannot apply: bad record", faults.first().join().getMessage());
    }
  }

  @Test
  void goesOnAfterOtherFaults() {
    try (FatalFaults faults = new FatalFaults()) {
      faults.build("publishing", false, () -> {}).handleFault("not so bad");
      assertFalse(faults.first().isDone());
    }
  }

  @Test
  void outlivesKafkaEndingTheProcess() {
    FatalFaults closed = new FatalFaults();
    closed.close();
    try (FatalFaults faults = new FatalFaults()) {
      assertThrows(IllegalStateException.class, () -> Exit.halt(1));
      assertThrows(IllegalStateException.class, () -> Exit.exit(1, "second"));
      assertTrue(faults.first().join().getMessage().contains("status 1"));
      assertFalse(closed.first().isDone());
    }
  }
}
