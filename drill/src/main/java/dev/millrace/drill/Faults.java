package dev.millrace.drill;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All faults that there are.
public final class Faults {
  /// A choice of all others, by the seed.
  public static final String MIX = "mix";

  private static final List<String> PROCESSORS =
      List.of(Pipeline.PROCESSOR_1, Pipeline.PROCESSOR_2);

  // What the pipeline takes to come back from the most, so that a fault meets one that is whole.
  private static final Duration SOON = Duration.ofSeconds(6);
  private static final Duration REBALANCED = Duration.ofSeconds(15);
  private static final Duration BROKER_IS_BACK = Duration.ofSeconds(25);

  private static final List<Fault> ALL =
      List.of(
          KillFault.once("kill-ingest", List.of(Pipeline.INGEST), SOON),
          KillFault.once("kill-processor", PROCESSORS, REBALANCED),
          KillFault.twice("kill-processor-twice", PROCESSORS, REBALANCED),
          KillFault.once("kill-sink", List.of(Pipeline.SINK), SOON),
          new KillBetweenFault(),
          new KillWritingFault(),
          KillFault.once("kill-broker", List.of(Brokers.ANY), BROKER_IS_BACK),
          KillFault.once("kill-controller", List.of(Brokers.CONTROLLER), BROKER_IS_BACK),
          KillFault.deletingState("state-deleted", PROCESSORS, REBALANCED),
          new PauseFault("pause-ingest", List.of(Pipeline.INGEST), SOON),
          new PauseFault("pause-processor", PROCESSORS, REBALANCED),
          new PauseFault("pause-sink", List.of(Pipeline.SINK), SOON),
          new PauseFault("pause-broker", List.of(Brokers.ANY), BROKER_IS_BACK),
          new AwayFault("broker-away", Brokers.ANY, Duration.ofSeconds(70), REBALANCED),
          LinkFault.cut(),
          new LinkFault("slow", Link.Mode.SLOW, 15, 20, SOON),
          new LinkFault("black-hole", Link.Mode.BLACK_HOLE, 20, 30, REBALANCED),
          new LinkFault("half-open", Link.Mode.HALF_OPEN, 20, 30, REBALANCED),
          new DatabaseLockedFault(),
          DatabaseAwayFault.stopping(),
          DatabaseAwayFault.killing(),
          new DiskFullFault(),
          new ClockFault("clock-ahead", Duration.ofHours(1)),
          new ClockFault("clock-behind", Duration.ofHours(-1)),
          LoadFault.poison(),
          LoadFault.overload(),
          new RollingRestartFault());

  private Faults() {}

  static List<Fault> all() {
    return ALL;
  }

  /// Each with its sentence, in lines for people.
  public static List<String> lines() {
    return Stream.concat(
            ALL.stream().map(fault -> line(fault.name(), fault.sentence())),
            Stream.of(line(MIX, "Any of these, as the seed chooses.")))
        .toList();
  }

  private static String line(String name, String sentence) {
    return "  %-22s%s".formatted(name, sentence);
  }

  static Fault named(String name) {
    return ALL.stream()
        .filter(fault -> fault.name().equals(name))
        .findAny()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "--faults %s: is no fault; there are %s, %s"
                    .formatted(
                        name,
                        ALL.stream().map(Fault::name).collect(Collectors.joining(", ")),
                        MIX)));
  }

  static void requireKnown(List<String> names) {
    if (names.isEmpty()) {
      throw new IllegalArgumentException("--faults: name at least one; --list has them all");
    }
    if (names.contains(MIX) && names.size() > 1) {
      throw new IllegalArgumentException("--faults: mix is all of them, and stands alone");
    }
    names.stream().filter(name -> !name.equals(MIX)).forEach(Faults::named);
  }
}
