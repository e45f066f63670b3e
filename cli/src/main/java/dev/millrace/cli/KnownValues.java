package dev.millrace.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;

/// The values of an option that has a few: those of an enum, in small letters, as users write them.
final class KnownValues {
  private KnownValues() {}

  /// @return nothing if it may have any
  static List<String> of(ArgSpec arg) {
    Iterable<String> candidates = arg.completionCandidates();
    if (candidates == null) {
      return List.of();
    }
    return StreamSupport.stream(candidates.spliterator(), false)
        .map(candidate -> candidate.toLowerCase(Locale.ROOT))
        .filter(value -> isAccepted(arg, value))
        .toList();
  }

  /// An option with a converter of its own may write them in another way.
  private static boolean isAccepted(ArgSpec arg, String value) {
    for (ITypeConverter<?> converter : arg.converters()) {
      try {
        converter.convert(value);
      } catch (Exception e) {
        return false;
      }
    }
    return true;
  }
}
