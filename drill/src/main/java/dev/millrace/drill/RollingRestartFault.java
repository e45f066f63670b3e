package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// What an upgrade does: each part in turn is stopped as it should be and started again, the next
/// one only when all are ready. The senders go on.
record RollingRestartFault() implements Fault {
  /// What it takes on a machine with little else to do. It lasts as long as it lasts.
  private static final Duration LENGTH = Duration.ofSeconds(90);

  @Override
  public String name() {
    return "rolling-restart";
  }

  @Override
  public String sentence() {
    return "Stops and starts every part in turn, the next when all are ready; 90 s or what it takes.";
  }

  @Override
  public List<String> targets() {
    return List.of("");
  }

  @Override
  public Duration least() {
    return LENGTH;
  }

  @Override
  public Duration most() {
    return LENGTH;
  }

  @Override
  public Duration calm() {
    return Duration.ofSeconds(15);
  }

  @Override
  public boolean isOverOnceBegun() {
    return true;
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws IOException, InterruptedException {
    boolean ran = true;
    for (String part : pipeline.parts()) {
      ran &= pipeline.part(part).isAlive();
      pipeline.stop(part);
      pipeline.start(part);
      pipeline.awaitReady();
    }
    return ran;
  }

  @Override
  public long end(Pipeline pipeline, String target) {
    return 1;
  }
}
