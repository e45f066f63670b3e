package dev.millrace.cli;

import dev.millrace.loadgen.LoadConfig;
import java.time.Duration;
import picocli.CommandLine.Option;

/// What load to make.
final class LoadOptions {
  @Option(
      names = "--rate",
      paramLabel = "EVENTS/S",
      defaultValue = "20k/s",
      converter = Units.RateConverter.class,
      description = "Events a second: 500, 20k, 1.5m. Default: ${DEFAULT-VALUE}")
  private double ratePerS;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Units.DurationConverter.class,
      description = "How long: 10s, 5m. Default: ${DEFAULT-VALUE}")
  private Duration duration;

  @Option(
      names = "--services",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many services. Default: ${DEFAULT-VALUE}")
  private int services;

  @Option(
      names = "--routes",
      paramLabel = "N",
      defaultValue = "5",
      description = "Routes of each service. Default: ${DEFAULT-VALUE}")
  private int routes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Same seed, same sequence of events. Default: ${DEFAULT-VALUE}")
  private long seed;

  LoadConfig config() {
    return new LoadConfig(ratePerS, duration, services, routes, seed);
  }
}
