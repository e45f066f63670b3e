package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// `kill -9` of the sink in the middle of a transaction with PostgreSQL, which has the offsets in
/// it already and waits for a lock before it takes the rows. (SQLite takes its lock before all.)
record KillWritingFault() implements Fault {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Override
  public String name() {
    return "kill-sink-writing";
  }

  @Override
  public String sentence() {
    return "Kills the sink in a transaction with PostgreSQL that has its offsets and not its rows.";
  }

  @Override
  public List<String> targets() {
    return List.of(Links.TO_DATABASE);
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(3);
  }

  @Override
  public Duration calm() {
    return Duration.ofSeconds(6);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws InterruptedException {
    DatabaseServer server = (DatabaseServer) pipeline.database();
    server.lock();
    boolean writing = server.awaitWriter(PATIENCE);
    boolean ran = pipeline.kill(Pipeline.SINK);
    // The server does not know yet that nobody is there: the transaction was open at that moment.
    return writing && ran && server.awaitWriter(Duration.ZERO);
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException {
    pipeline.database().unlock();
    pipeline.start(Pipeline.SINK);
    return 1;
  }
}
