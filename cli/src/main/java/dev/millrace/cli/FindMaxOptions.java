package dev.millrace.cli;

import dev.millrace.loadgen.MaxSearchConfig;
import dev.millrace.loadgen.Slo;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.sink.SinkConfig;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// How to search the highest rate. What is not given is null, so that it shows when it is given in
/// vain.
final class FindMaxOptions {
  @Option(
      names = "--find-max",
      description =
          "Search the highest rate that the whole pipeline sustains, from --rate on (20k/s), in"
              + " steps of --duration (15s).")
  private boolean asked;

  @Option(
      names = "--slo",
      paramLabel = "TERMS",
      converter = SloConverter.class,
      description =
          "What must hold for a rate to count: conditions as 'report --fail-if' knows them, and"
              + " 'lag flat', with commas between. Default: e2e.p99 < 3s, lag flat")
  private Slo slo;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "How many rates are tried at most. Default: 25")
  private Integer maxSteps;

  @Option(
      names = "--resolution",
      paramLabel = "SHARE",
      converter = Units.ShareConverter.class,
      description =
          "How much higher the lowest rate that failed may be than the one that is found."
              + " Default: 5%%")
  private Double resolution;

  @Option(
      names = "--group",
      paramLabel = "ID",
      description = "The processor's --application-id. Default: millrace")
  private String group;

  @Option(
      names = "--sink-group",
      paramLabel = "ID",
      description = "The sink's --group-id. Default: millrace-sink")
  private String sinkGroup;

  /// Terms as they are typed.
  static final class SloConverter implements ITypeConverter<Slo> {
    @Override
    public Slo convert(String text) {
      try {
        return Slo.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /// Whether a search is asked for.
  ///
  /// @throws IllegalArgumentException if it is not, and there are settings for it
  boolean isAsked() {
    String vain =
        slo != null
            ? "--slo"
            : maxSteps != null
                ? "--max-steps"
                : resolution != null
                    ? "--resolution"
                    : group != null ? "--group" : sinkGroup != null ? "--sink-group" : null;
    if (!asked && vain != null) {
      throw new IllegalArgumentException(vain + " is for a search: give --find-max too");
    }
    return asked;
  }

  Slo slo() {
    return slo == null ? Slo.DEFAULT : slo;
  }

  int maxSteps() {
    return maxSteps == null ? MaxSearchConfig.DEFAULT_MAX_STEPS : maxSteps;
  }

  double resolution() {
    return resolution == null ? MaxSearchConfig.DEFAULT_RESOLUTION : resolution;
  }

  String group() {
    return group == null ? ProcessorConfig.DEFAULT_APPLICATION_ID : group;
  }

  String sinkGroup() {
    return sinkGroup == null ? SinkConfig.DEFAULT_GROUP_ID : sinkGroup;
  }
}
