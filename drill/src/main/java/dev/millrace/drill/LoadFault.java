package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// More load beside the usual one, straight into Kafka.
///
/// @param factor of the drill's rate
/// @param faults what its scenario says of broken events, a line of YAML each
record LoadFault(String name, String sentence, double factor, List<String> faults)
    implements Fault {
  private static final Duration LENGTH = Duration.ofSeconds(10);

  static LoadFault poison() {
    return new LoadFault(
        "poison",
        "Floods it with events of which half are broken and one in a hundred is too long, for 10 s.",
        0.5,
        List.of("malformed: 50%", "oversized: 1%"));
  }

  static LoadFault overload() {
    return new LoadFault("overload", "Sends three times the rate for 10 s.", 2, List.of());
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
    return Duration.ofSeconds(6);
  }

  @Override
  public void begin(Pipeline pipeline, String target) throws IOException {
    pipeline.extraLoad(name, factor, LENGTH, faults);
  }

  /// It ends by itself.
  @Override
  public void end(Pipeline pipeline, String target) {}
}
