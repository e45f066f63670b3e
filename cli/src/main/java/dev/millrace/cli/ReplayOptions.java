package dev.millrace.cli;

import dev.millrace.loadgen.LogFormat;
import picocli.CommandLine.Option;

/// How to read a log.
final class ReplayOptions {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      converter = FormatConverter.class,
      description = {
        "auto, combined (Apache and nginx), nginx (combined with a trailing $request_time),",
        "or ndjson (events of the contract). Default: ${DEFAULT-VALUE}"
      })
  private LogFormat format;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      defaultValue = "web",
      description = "Whose log it is; events of ndjson name their own. Default: ${DEFAULT-VALUE}")
  private String service;

  LogFormat format() {
    return format;
  }

  /// @throws IllegalArgumentException if no event could have this name
  String service() {
    if (service.isBlank() || service.equals("*") || service.indexOf('|') >= 0) {
      throw new IllegalArgumentException(
          "--service '" + service + "': must not be empty, '*', or contain '|'");
    }
    return service;
  }

  /// Names as people write them.
  static final class FormatConverter implements picocli.CommandLine.ITypeConverter<LogFormat> {
    @Override
    public LogFormat convert(String name) {
      try {
        return LogFormat.parse(name);
      } catch (IllegalArgumentException e) {
        throw new picocli.CommandLine.TypeConversionException(e.getMessage());
      }
    }
  }
}
