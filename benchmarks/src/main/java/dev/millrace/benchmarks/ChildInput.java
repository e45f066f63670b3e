package dev.millrace.benchmarks;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Standard input in a [ChildProcess]: when it ends, so does the process, and not before. Ctrl-C in
/// a terminal is for all processes there; that the parent hears of it is enough, which needs its
/// broker until it has put everything away.
final class ChildInput {
  private static final long PATIENCE_S = 30;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch leaving = new CountDownLatch(1);

  private ChildInput() {}

  /// What a child process does.
  interface Work {
    /// Returns when the input has ended, and everything is put away.
    void until(ChildInput end) throws Exception;
  }

  /// Does the work, and exits: with 0, or with 1 and a stack trace if the work broke off.
  static void run(Work work) {
    ChildInput input = new ChildInput();
    Thread.ofPlatform().daemon().name("input").start(input::read);
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("hold").unstarted(input::holdUntilLeaving));
    try {
      work.until(input);
      input.leaving.countDown();
      System.exit(0);
    } catch (Exception | Error e) {
      e.printStackTrace();
      // No hook is to hold this one.
      Runtime.getRuntime().halt(1);
    }
  }

  private void read() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      System.err.println("no more input: " + e);
    } finally {
      ended.countDown();
    }
  }

  private void holdUntilLeaving() {
    try {
      ended.await();
      leaving.await(PATIENCE_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits.
  ///
  /// @return whether it has ended
  boolean await(long millis) throws InterruptedException {
    return ended.await(millis, TimeUnit.MILLISECONDS);
  }
}
