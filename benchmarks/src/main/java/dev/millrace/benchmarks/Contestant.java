package dev.millrace.benchmarks;

import dev.millrace.events.Topics;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// Who reads the backlog.
public enum Contestant {
  /// Millrace's processor as it is shipped: exactly once.
  MILLRACE_EOS("millrace-eos", Topics.WINDOWS_1S),
  /// The same, at least once.
  MILLRACE_ALOS("millrace-alos", Topics.WINDOWS_1S),
  /// [TextbookTopology], exactly once.
  TEXTBOOK("textbook", "bench.textbook.windows"),
  /// [TunedTopology], exactly once.
  TUNED("tuned", "bench.tuned.windows"),
  /// Kafka's own `ConsumerPerformance`, which reads and throws away: the ceiling.
  CONSUMER("consumer", null);

  private final String label;
  private final String results;

  Contestant(String label, String results) {
    this.label = label;
    this.results = results;
  }

  /// The name in options and reports.
  String label() {
    return label;
  }

  /// The topic with its rows; none if it makes none.
  Optional<String> results() {
    return Optional.ofNullable(results);
  }

  /// @throws IllegalArgumentException naming those that there are
  static Contestant named(String name) {
    return Arrays.stream(values())
        .filter(contestant -> contestant.label.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "--only "
                    + name
                    + ": must be of "
                    + Arrays.stream(values())
                        .map(Contestant::label)
                        .collect(Collectors.joining(", "))));
  }
}
