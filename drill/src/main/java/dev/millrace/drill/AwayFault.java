package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A part is stopped as it should be, and is not there for a while: longer than clients wait for an
/// answer, so that what they have on its way comes to an end.
record AwayFault(String name, String part, Duration length, Duration calm) implements Fault {
  @Override
  public String sentence() {
    return "Stops it, and starts it again " + length.toSeconds() + " s later.";
  }

  @Override
  public List<String> targets() {
    return List.of(part);
  }

  @Override
  public Duration least() {
    return length;
  }

  @Override
  public Duration most() {
    return length;
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws InterruptedException {
    boolean ran = pipeline.part(target).isAlive();
    pipeline.stop(target);
    return ran;
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException {
    boolean away = !pipeline.part(target).isAlive();
    pipeline.start(target);
    return away ? 1 : 0;
  }
}
