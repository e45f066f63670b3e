package dev.millrace.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C and SIGTERM as something that a command waits for and answers in its own time. The JVM
/// itself ends with the signal's exit code, 130 or 143, once the command is done.
final class Interruption {
  /// How long the command may take to drain and sum up before the JVM ends without it.
  private static final long PATIENCE_S = 600;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile boolean held;
  private volatile boolean endsWell;
  private volatile int code;

  private Interruption() {}

  /// Follows the signals of this process.
  static Interruption onSignals() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("millrace-shutdown").unstarted(interruption::waitForCommand));
    return interruption;
  }

  /// Never happens.
  static Interruption never() {
    return new Interruption();
  }

  private void waitForCommand() {
    asked.countDown();
    if (!held) {
      return;
    }
    try {
      if (!done.await(PATIENCE_S, TimeUnit.SECONDS)) {
        System.err.println("millrace: did not come to an end within " + PATIENCE_S + " s: leaving");
      } else if (endsWell) {
        // Once a signal has come, nothing else can change the exit code.
        Runtime.getRuntime().halt(code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// From now on there is something to bring to an end: a signal waits for [#done(int)]. Before
  /// that it ends the process at once.
  void hold() {
    held = true;
  }

  /// A signal is how this command usually ends: the exit code then is the command's own, and not
  /// the signal's.
  void endsWell() {
    endsWell = true;
  }

  /// Whether the command is to come to an end.
  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /// Waits.
  ///
  /// @return whether the command is to come to an end
  boolean await(long millis) throws InterruptedException {
    return asked.await(millis, TimeUnit.MILLISECONDS);
  }

  /// The command has come to an end: the JVM may go.
  ///
  /// @param exitCode the command's
  void done(int exitCode) {
    code = exitCode;
    done.countDown();
  }
}
