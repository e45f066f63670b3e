package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// The disk that the database lies on has no room left.
record DiskFullFault() implements Fault {
  @Override
  public String name() {
    return "disk-full";
  }

  @Override
  public String sentence() {
    return "Fills the disk that the sink's database lies on, a small one of its own, for 20 to 30 s.";
  }

  @Override
  public List<String> targets() {
    return List.of(SmallDisk.NAME);
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
  public boolean begin(Pipeline pipeline, String target) throws IOException, InterruptedException {
    pipeline.database().fillDisk();
    return true;
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    pipeline.database().refillDisk();
    boolean waits = pipeline.awaitWaitingSink();
    boolean full = pipeline.database().freeDisk();
    return waits && full ? 1 : 0;
  }
}
