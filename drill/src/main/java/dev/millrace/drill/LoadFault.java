package dev.millrace.drill;

import dev.millrace.events.LedgerTotals;
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
    // Its process starts and ends within that too.
    return Duration.ofSeconds(12);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws IOException {
    pipeline.extraLoad(name, factor, LENGTH, faults);
    return true;
  }

  /// It ends by itself, and the fault is over no sooner.
  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    return effect(pipeline.awaitExtraLoad(), pipeline.ratePerS());
  }

  /// How much of it Kafka has, of what it is about; nothing if that is less than half of all that
  /// was to be sent: that is no flood.
  long effect(LedgerTotals sent, double ratePerS) {
    double planned = factor * ratePerS * LENGTH.toSeconds();
    if (sent.acknowledged() + sent.rejected() < planned / 2) {
      return 0;
    }
    return faults.isEmpty() ? sent.acknowledged() : sent.rejected();
  }
}
