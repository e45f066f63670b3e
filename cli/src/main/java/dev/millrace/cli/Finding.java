package dev.millrace.cli;

import java.util.Locale;

/// What a check of the doctor has found.
///
/// @param check which check
/// @param text what is so, as a sentence
/// @param remedy what to do; empty if nothing
record Finding(String check, Level level, String text, String remedy) {
  /// How bad it is.
  enum Level {
    /// As it should be.
    OK,
    /// Could not be found out.
    UNKNOWN,
    /// Works, but may not for long, or costs more than it must.
    WARNING,
    /// Does not work, or loses something.
    PROBLEM;

    /// As it is printed.
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
