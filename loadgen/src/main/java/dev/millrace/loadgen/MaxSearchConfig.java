package dev.millrace.loadgen;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All that a search for the highest rate needs to know.
///
/// @param scenario what to send; its load is replaced by a constant rate
/// @param startPerS the first rate, events a second
/// @param stepDuration how long a step is measured, warm-up included; 3 s more are sent after it,
///   and the confirmation run is three times as long
/// @param warmUp start of each step that is in no figure: whole seconds, shorter than the step
/// @param resolution how much higher the lowest rate that failed may be than the result: 1 % to 50
///   %
/// @param maxSteps how many rates are tried, confirmation runs and repeated ones included: 3 to 100
/// @param slo what must hold
/// @param bootstrapServers Kafka's address
/// @param kafka further settings of Kafka's clients, passed through as they are
/// @param http the edge that events go to; empty for straight into Kafka
/// @param group of the processor, its application id
/// @param sinkGroup of the sink, which need not be there
/// @param folder where the search and each of its steps are written
/// @param command what to call it in the folder: the arguments, with secrets left out
/// @param version Millrace's
public record MaxSearchConfig(
    Scenario scenario,
    double startPerS,
    Duration stepDuration,
    Duration warmUp,
    double resolution,
    int maxSteps,
    Slo slo,
    String bootstrapServers,
    Map<String, String> kafka,
    Optional<HttpTargetConfig> http,
    String group,
    String sinkGroup,
    RunFolder folder,
    List<String> command,
    String version) {
  /// As the load generator's own.
  public static final double DEFAULT_START_PER_S = 20_000;

  /// A third of it for the JIT compilers, and ten commits.
  public static final Duration DEFAULT_STEP = Duration.ofSeconds(15);

  /// The highest rate that is tried, events a second.
  public static final double MAX_PER_S = Phase.MAX_RATE;

  /// As [#resolution()].
  public static final double DEFAULT_RESOLUTION = 0.05;

  /// Enough to double nine times, to bisect with each failure repeated, and to fail a confirmation.
  public static final int DEFAULT_MAX_STEPS = 25;

  /// The lag is compared between the first third and the last.
  private static final Duration MIN_MEASURED = Duration.ofSeconds(3);

  /// @throws IllegalArgumentException naming option, value and range
  public MaxSearchConfig {
    kafka = Map.copyOf(kafka);
    command = List.copyOf(command);
    http.ifPresent(edge -> HttpTargetConfig.requireNoKey(scenario));
    if (!(startPerS >= RateSearch.MIN_PER_S && startPerS <= MAX_PER_S)) {
      throw new IllegalArgumentException(
          "--rate "
              + Quantity.text(startPerS)
              + ": must be 1 to 10m for --find-max, which begins there");
    }
    if (warmUp.isNegative()
        || warmUp.toNanosPart() != 0
        || stepDuration.minus(warmUp).compareTo(MIN_MEASURED) < 0) {
      throw new IllegalArgumentException(
          "--warm-up "
              + Quantity.text(warmUp)
              + ": must be whole seconds, and leave 3s of a step of --find-max, which takes "
              + Quantity.text(stepDuration)
              + " (--duration)");
    }
    if (!(resolution >= 0.01 && resolution <= 0.5)) {
      throw new IllegalArgumentException(
          "--resolution " + Quantity.text(resolution) + ": must be 1% to 50%");
    }
    if (maxSteps < 3 || maxSteps > 100) {
      throw new IllegalArgumentException("--max-steps " + maxSteps + ": must be 3 to 100");
    }
  }

  /// A third of a step, at most 5 s, in whole seconds.
  public static Duration defaultWarmUp(Duration step) {
    Duration third = Duration.ofSeconds(step.dividedBy(3).toSeconds());
    return third.compareTo(Duration.ofSeconds(5)) < 0 ? third : Duration.ofSeconds(5);
  }
}
