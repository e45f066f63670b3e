package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// That no process is left of a server.
@Timeout(120)
class LocalPostgresIT {
  @TempDir private Path folder;

  @BeforeEach
  void isInstalled() {
    assumeTrue(
        LocalPostgres.isInstalled(),
        "no PostgreSQL on this machine; 'apt install postgresql' does it");
  }

  private static List<ProcessHandle> children(ProcessHandle process) {
    return process.children().toList();
  }

  /// The shell that runs a server, which is our only child.
  private static ProcessHandle shell() {
    List<ProcessHandle> ours = children(ProcessHandle.current());
    assertEquals(1, ours.size(), ours::toString);
    return ours.getFirst();
  }

  private static void assertAllEnded(List<ProcessHandle> processes) {
    assertTrue(processes.stream().noneMatch(ProcessHandle::isAlive), processes::toString);
  }

  @Test
  void isStoppedAndKilledWhoeverInterrupts() {
    try (LocalPostgres server = LocalPostgres.create(folder.resolve("server"), 0, "fsync=off")) {
      List<ProcessHandle> stopped = shell().descendants().toList();
      Thread.currentThread().interrupt();
      server.stop();
      assertTrue(Thread.interrupted());
      assertAllEnded(stopped);

      server.start();
      List<ProcessHandle> killed = shell().descendants().toList();
      Thread.currentThread().interrupt();
      server.kill();
      assertTrue(Thread.interrupted());
      assertAllEnded(killed);

      // One that has not come up yet.
      Thread.currentThread().interrupt();
      assertThrows(BrokerException.class, server::start);
      assertTrue(Thread.interrupted());
      assertFalse(server.isRunning());
      assertEquals(List.of(), children(ProcessHandle.current()));
    }
  }

  @Test
  void signalsOfATerminalDoNotPartItFromTheShell() throws Exception {
    try (LocalPostgres server = LocalPostgres.create(folder.resolve("server"), 0, "fsync=off")) {
      ProcessHandle shell = shell();
      List<ProcessHandle> all = shell.descendants().toList();
      // All of the group but ourselves and the server, which ends by them.
      List<String> group =
          Stream.concat(
                  Stream.of(shell),
                  children(shell).stream()
                      .filter(child -> child.info().command().orElse("").endsWith("/cat")))
              .map(process -> Long.toString(process.pid()))
              .toList();
      assertEquals(2, group.size());
      for (String signal : List.of("-INT", "-HUP", "-TERM")) {
        List<String> command = Stream.concat(Stream.of("kill", signal), group.stream()).toList();
        assertEquals(
            0, new ProcessBuilder(command).inheritIO().start().waitFor(), command::toString);
      }
      server.stop();
      assertAllEnded(all);
    }
  }
}
