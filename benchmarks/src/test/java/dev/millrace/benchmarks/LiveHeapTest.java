package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LiveHeapTest {
  private static final int MUCH = 64 << 20;

  /// Holds so many bytes and drops as many more, and lives until its input ends.
  static final class Holder {
    public static void main(String[] args) throws IOException {
      byte[] held = new byte[Integer.parseInt(args[0])];
      try {
        System.out.println(new byte[MUCH].length);
        while (System.in.read() >= 0) {}
      } finally {
        Reference.reachabilityFence(held);
      }
    }
  }

  /// Of another JVM: one that stops for it cannot read the answer.
  private static long bytesOfHolder(int held) throws IOException {
    Process holder = ChildProcess.command(Holder.class.getName(), List.of(), "" + held).start();
    try {
      holder.inputReader().readLine();
      return LiveHeap.bytes(holder.pid());
    } finally {
      holder.destroyForcibly();
    }
  }

  @Test
  void whatIsHeldCountsAndGarbageDoesNot() throws IOException {
    long with = bytesOfHolder(MUCH);
    long without = bytesOfHolder(1);
    assertTrue(with >= MUCH && without < MUCH / 2, with + " and " + without);
  }

  @Test
  void processThatIsNoJvmIsNamed() {
    Exception e = assertThrows(BenchException.class, () -> LiveHeap.bytes(Integer.MAX_VALUE));
    assertTrue(e.getMessage().startsWith("jcmd 2147483647 GC.class_histogram: "), e.getMessage());
  }

  @Test
  void totalIsOfBytesAndNotOfInstances() {
    assertEquals(
        OptionalLong.of(1_234_568),
        LiveHeap.total("   1:  10  160  [B (java.base@25)\nTotal        12345        1234568\n"));
    assertEquals(OptionalLong.empty(), LiveHeap.total("4711:\nSomething else\n"));
  }
}
