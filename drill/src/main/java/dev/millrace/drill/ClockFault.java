package dev.millrace.drill;

import java.time.Duration;
import java.util.List;

/// One producer more, whose clock is wrong. An hour ahead, its events are dead letters; an hour
/// behind, they are too late: all of them, and nobody else's.
record ClockFault(String name, Duration off) implements Fault {
  @Override
  public String sentence() {
    return off.isNegative()
        ? "Sends events of a producer whose clock is an hour behind: all are to be late."
        : "Sends events of a producer whose clock is an hour ahead: all are to be dead letters.";
  }

  @Override
  public List<String> targets() {
    return List.of("");
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(3);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(5);
  }

  @Override
  public Duration calm() {
    return Duration.ofSeconds(6);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) {
    pipeline.startSkewed(name, off);
    return true;
  }

  @Override
  public long end(Pipeline pipeline, String target) {
    return pipeline.stopSkewed();
  }
}
