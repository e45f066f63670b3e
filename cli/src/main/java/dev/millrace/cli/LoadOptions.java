package dev.millrace.cli;

import dev.millrace.loadgen.Load;
import dev.millrace.loadgen.Phase;
import dev.millrace.loadgen.Quantity;
import dev.millrace.loadgen.Scenario;
import dev.millrace.loadgen.ScenarioFile;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What load to make. Options win over the scenario's file.
final class LoadOptions {
  /// Infinity stands for as fast as possible.
  static final class RateOrMaxConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      if (text.equals("max")) {
        return Double.POSITIVE_INFINITY;
      }
      try {
        return Quantity.rate(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage() + ", max");
      }
    }
  }

  @Option(
      names = "--scenario",
      paramLabel = "NAME|FILE",
      description =
          "What load to make, as a YAML file or one of: day, dirty-input, flash-crowd,"
              + " slow-dependency, steady. Options below win over it.")
  private String scenario;

  @Option(
      names = "--rate",
      paramLabel = "EVENTS/S",
      converter = RateOrMaxConverter.class,
      description =
          "Events a second, always the same: 500, 20k, 1.5m, or max for as fast as possible."
              + " Default: the scenario's, or 20k/s")
  private Double ratePerS;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Units.DurationConverter.class,
      description =
          "How long: 10s, 5m. The scenario's shape is stretched to it."
              + " Default: the scenario's, or 30s")
  private Duration duration;

  @Option(
      names = "--services",
      paramLabel = "N",
      description = "How many services. Default: the scenario's, or 20")
  private Integer services;

  @Option(
      names = "--routes",
      paramLabel = "N",
      description = "Routes of each service. Default: the scenario's, or 5")
  private Integer routes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Same seed, same events. Default: the scenario's, or 42")
  private Long seed;

  /// The rate that was asked for, events a second, infinite for as fast as possible; empty if none
  /// was.
  OptionalDouble ratePerS() {
    return ratePerS == null ? OptionalDouble.empty() : OptionalDouble.of(ratePerS);
  }

  /// The duration that was asked for; empty if none was.
  Optional<Duration> duration() {
    return Optional.ofNullable(duration);
  }

  /// @throws IllegalArgumentException with the option or the file's line, and what is wrong
  Scenario scenario() throws IOException {
    Scenario base = scenario == null ? Scenario.steady() : ScenarioFile.read(scenario);
    try {
      return withOptions(base);
    } catch (IllegalArgumentException e) {
      // What a scenario calls `rate` is `--rate` here.
      throw new IllegalArgumentException("--" + e.getMessage(), e);
    }
  }

  private Scenario withOptions(Scenario base) {
    Scenario made = base;
    if (seed != null) {
      made = made.withSeed(seed);
    }
    if (services != null || routes != null) {
      made =
          made.withSeries(
              services == null ? base.traffic().services().size() : services,
              routes == null ? base.traffic().routes().size() : routes);
    }
    if (duration != null) {
      made = made.lasting(duration);
    }
    if (ratePerS != null) {
      made = made.with(constant(made.load()));
    }
    return made;
  }

  private Load constant(Load load) {
    Phase phase =
        ratePerS.isInfinite()
            ? new Phase.Max(load.duration())
            : new Phase.Constant(ratePerS, load.duration());
    return new Load(List.of(phase), load.poisson());
  }
}
