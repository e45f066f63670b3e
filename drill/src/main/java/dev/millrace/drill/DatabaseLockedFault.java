package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Somebody else has the database's lock, as a backup or a careless query would.
record DatabaseLockedFault() implements Fault {
  @Override
  public String name() {
    return "database-locked";
  }

  @Override
  public String sentence() {
    return "Holds the lock of the sink's database for 20 to 30 s.";
  }

  @Override
  public List<String> targets() {
    return List.of("");
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(20);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(30);
  }

  @Override
  public Duration calm() {
    return Duration.ofSeconds(6);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) {
    pipeline.database().lock();
    return true;
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    boolean waits = pipeline.awaitWaitingSink();
    pipeline.database().unlock();
    return waits ? 1 : 0;
  }
}
