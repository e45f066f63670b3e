package dev.millrace.cli;

import dev.millrace.loadgen.RunConfig;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which part of a load run this process has, and when that starts.
///
/// @param startMs epoch milliseconds; empty for at once
record WorkerShare(RunConfig.Share share, OptionalLong startMs) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})/(\\d{1,4})@(\\d{1,18})");

  /// Until then, a worker has started and knows Kafka.
  private static final long START_UP_MS = 3_000;

  /// The whole, done by so many.
  static WorkerShare whole(int workers) {
    return new WorkerShare(
        new RunConfig.Share(0, workers),
        workers == 1
            ? OptionalLong.empty()
            : OptionalLong.of(System.currentTimeMillis() + START_UP_MS));
  }

  /// `0/2@1763715928123`: the first of two, and the start.
  static WorkerShare parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "--worker " + text + ": is given by --workers, and not by hand");
    }
    return new WorkerShare(
        new RunConfig.Share(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))),
        OptionalLong.of(Long.parseLong(matcher.group(3))));
  }
}
