package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A part stands still with its connections open, as in a very long garbage collection or when a
/// virtual machine is moved.
record PauseFault(String name, List<String> targets, Duration calm) implements Fault {
  @Override
  public String sentence() {
    return "Has it stand still (SIGSTOP) for 30 to 35 s.";
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(30);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(35);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws IOException, InterruptedException {
    pipeline.part(target).pause();
    return true;
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    boolean still = pipeline.part(target).isStandingStill();
    pipeline.part(target).resume();
    return still ? 1 : 0;
  }
}
