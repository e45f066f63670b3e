package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// The database's server is stopped, and not there for a while; or killed, and started like a
/// supervisor would.
///
/// @param kill whether it is killed
record DatabaseAwayFault(String name, boolean kill) implements Fault {
  static DatabaseAwayFault stopping() {
    return new DatabaseAwayFault("database-away", false);
  }

  static DatabaseAwayFault killing() {
    return new DatabaseAwayFault("kill-database", true);
  }

  @Override
  public String sentence() {
    return kill
        ? "Kills all of PostgreSQL (kill -9) and starts it again 1 to 3 s later."
        : "Stops PostgreSQL, and starts it again 20 to 30 s later.";
  }

  @Override
  public List<String> targets() {
    return List.of(DatabaseServer.NAME);
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(kill ? 1 : 20);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(kill ? 3 : 30);
  }

  @Override
  public Duration calm() {
    return Duration.ofSeconds(6);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) {
    DatabaseServer server = (DatabaseServer) pipeline.database();
    boolean ran = server.isRunning();
    if (kill) {
      server.kill();
    } else {
      server.stop();
    }
    return ran;
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    DatabaseServer server = (DatabaseServer) pipeline.database();
    boolean away = !server.isRunning();
    // For so long as a kill takes, it may not have had anything to write.
    boolean noticed = kill || pipeline.awaitWaitingSink();
    server.startAgain();
    return away && noticed ? 1 : 0;
  }
}
