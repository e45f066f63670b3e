package dev.millrace.broker;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The end of processes that start others. No interrupt breaks the waiting off: what would be left
/// then is a process that nobody ends.
final class ProcessTrees {
  private static final long KILLED_WITHIN_S = 60;

  private ProcessTrees() {}

  /// Kills processes and all that they have started, as `kill -9` does it, and waits for their end.
  ///
  /// @throws BrokerException if one does not end
  static void kill(List<ProcessHandle> roots) {
    // One that stands still starts no process that we would not see.
    roots.stream().filter(ProcessHandle::isAlive).forEach(ProcessTrees::pause);
    List<ProcessHandle> all =
        roots.stream().flatMap(root -> Stream.concat(Stream.of(root), root.descendants())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle one : all) {
      if (!endsWithin(one, TimeUnit.SECONDS.toMillis(KILLED_WITHIN_S))) {
        throw new BrokerException("process " + one.pid() + " could not be killed", null);
      }
    }
  }

  /// Waits for the end of a process, whatever interrupts.
  ///
  /// @return whether it has come
  static boolean endsWithin(ProcessHandle process, long patienceMs) {
    CompletableFuture<ProcessHandle> end = process.onExit();
    try {
      end.orTimeout(patienceMs, TimeUnit.MILLISECONDS).join();
      return true;
    } catch (CompletionException e) {
      // The time is over.
      return false;
    }
  }

  private static void pause(ProcessHandle process) {
    try {
      Process pause =
          new ProcessBuilder("sh", "-c", "kill -STOP \"$1\"", "stop", Long.toString(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      // That there is no such process any more is as well.
      var _ = endsWithin(pause.toHandle(), TimeUnit.SECONDS.toMillis(KILLED_WITHIN_S));
    } catch (IOException e) {
      throw new BrokerException("process " + process.pid() + " could not be stopped: " + e, e);
    }
  }
}
