package dev.millrace.cli;

import java.util.List;
import java.util.regex.Pattern;

/// Keeps passwords out of what is written down.
final class Secrets {
  /// Names of Kafka's settings whose value nobody else should see, however they are given.
  private static final Pattern SECRET =
      Pattern.compile(
          "(?is)(.*?[\\w.]*(?:password|secret|jaas|token|credential|private|\\.key\\b)[\\w.]*=).*");

  private Secrets() {}

  /// The arguments of a command without the values of secret settings.
  static List<String> leftOut(List<String> arguments) {
    return arguments.stream()
        .map(argument -> SECRET.matcher(argument).replaceFirst("$1(left out)"))
        .toList();
  }
}
