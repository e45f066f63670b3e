package dev.millrace.drill;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// What a drill is to do. Immutable; a value that cannot do is refused with an
/// [IllegalArgumentException] that names option and value.
///
/// @param faults `--faults`: names of [Faults], or [Faults#MIX] alone
/// @param duration `--duration`: how long load is made, 20 s to 30 min
/// @param seed `--seed`: same seed, faults and duration, same schedule
/// @param ratePerS `--rate`: events a second, half over HTTP and half straight into Kafka; all of
///   them are held in memory to be judged, [#MAX_EVENTS] at most
/// @param brokers `--brokers`: 1, or 3 with three replicas of everything
/// @param data where everything is kept meanwhile, a folder that is there and empty
/// @param mainClass entry of the command line, whose commands the parts are
/// @param nodeClass entry of a node of Kafka, which the brokers are if there are three
/// @param postgres `--postgres`: the sink writes into a PostgreSQL server, and not a SQLite file
/// @param mayMount whether this process may mount a file system, which a full disk needs
public record DrillConfig(
    List<String> faults,
    Duration duration,
    long seed,
    double ratePerS,
    int brokers,
    Path data,
    String mainClass,
    String nodeClass,
    boolean postgres,
    boolean mayMount) {
  /// The most events that a drill may send, extra load of faults aside.
  public static final long MAX_EVENTS = 2_000_000;

  private static final Duration SHORTEST = Duration.ofSeconds(20);

  /// A clock that is an hour off must stay off for as long as the drill and its verdict take.
  private static final Duration LONGEST = Duration.ofMinutes(30);

  private static final double LOWEST_RATE = 20;

  public DrillConfig {
    faults = List.copyOf(faults);
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(mainClass, "mainClass");
    Objects.requireNonNull(nodeClass, "nodeClass");
    Faults.requireKnown(faults);
    if (!Brokers.COUNTS.contains(brokers)) {
      throw new IllegalArgumentException(
          "--brokers %d: must be 1, or 3 for a cluster that can do without any one of them"
              .formatted(brokers));
    }
    if (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "--duration %ds: must be %ds to %dm"
              .formatted(duration.toSeconds(), SHORTEST.toSeconds(), LONGEST.toMinutes()));
    }
    if (!(ratePerS >= LOWEST_RATE) || ratePerS * duration.toSeconds() > MAX_EVENTS) {
      throw new IllegalArgumentException(
          "--rate %.0f for %ds: must be at least %.0f events/s, and %,d events in all at most"
              .formatted(ratePerS, duration.toSeconds(), LOWEST_RATE, MAX_EVENTS));
    }
  }

  /// When what is broken.
  ///
  /// @throws IllegalArgumentException if not everything fits, or something is not there to be
  ///   broken
  public Schedule schedule() {
    return Schedule.plan(this);
  }

  boolean isMix() {
    return faults.equals(List.of(Faults.MIX));
  }

  /// Faults that a mix does without, each with what it needs.
  public List<String> leftOut() {
    return Faults.all().stream()
        .filter(fault -> isMix() && targets(fault).isEmpty())
        .map(fault -> fault.name() + " (needs " + needs(fault) + ")")
        .toList();
  }

  /// What is to be broken, each at least once.
  List<Fault> breaking() {
    if (isMix()) {
      return Faults.all().stream().filter(fault -> !targets(fault).isEmpty()).toList();
    }
    List<Fault> named = faults.stream().map(Faults::named).toList();
    for (Fault fault : named) {
      if (targets(fault).isEmpty()) {
        throw new IllegalArgumentException(
            "--faults %s: needs %s".formatted(fault.name(), needs(fault)));
      }
    }
    return named;
  }

  /// What there is in this drill of what a fault can break.
  List<String> targets(Fault fault) {
    return Brokers.each(fault.targets(), brokers).stream()
        .filter(target -> missing(target).isEmpty())
        .toList();
  }

  private String needs(Fault fault) {
    return missing(fault.targets().getFirst()).orElseThrow();
  }

  /// What a target needs to be there; empty if it is.
  private Optional<String> missing(String target) {
    return switch (target) {
      case DatabaseServer.NAME, Links.TO_DATABASE ->
          postgres ? Optional.empty() : Optional.of("--postgres");
      case SmallDisk.NAME ->
          mayMount
              ? Optional.empty()
              : Optional.of("the right to mount a small file system, as root has it");
      default -> Optional.empty();
    };
  }

  /// The command that does the same again.
  String command() {
    return String.format(
        Locale.ROOT,
        "millrace drill --faults %s --duration %dms --seed %d --rate %s%s%s",
        String.join(",", faults),
        duration.toMillis(),
        seed,
        BigDecimal.valueOf(ratePerS).stripTrailingZeros().toPlainString(),
        brokers == 1 ? "" : " --brokers " + brokers,
        postgres ? " --postgres" : "");
  }
}
