package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// What [SoakBench] is to do.
///
/// @param launcher the script that starts commands
/// @param duration how long there is load, warm-up included
/// @param ratePerS events a second
/// @param data folder for the data, which is deleted at the end
public record SoakBenchConfig(Path launcher, Duration duration, double ratePerS, Path data) {
  private static final Duration LEAST = Duration.ofSeconds(20);
  private static final Duration MOST = Duration.ofDays(7);

  private static final Duration LONGEST_WARM_UP = Duration.ofMinutes(2);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(10);
  private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);

  /// On Kafka's disk, compressed.
  private static final long BYTES_PER_EVENT = 64;

  /// So much of the raw events is on the disk at most: a minute that the processor is behind, after
  /// which the soak breaks off, and what is about to be deleted.
  private static final long KEPT_S = 120;

  /// Rows, in the database and in Kafka, and the sender's ledger; they stay.
  private static final long BYTES_PER_S = 1 << 20;

  private static final long BASE_BYTES = 1L << 30;

  /// @throws IllegalArgumentException naming option, value and range
  public SoakBenchConfig {
    if (duration.compareTo(LEAST) < 0 || duration.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "--duration " + duration.toMillis() + "ms: must be 20s to 7d");
    }
    if (!(ratePerS >= 1 && ratePerS <= 10_000_000)) {
      throw new IllegalArgumentException("--rate " + ratePerS + ": must be 1 to 10m");
    }
  }

  /// The time that is in no figure: a tenth, at most 2 minutes.
  Duration warmUp() {
    return min(duration.dividedBy(10), LONGEST_WARM_UP);
  }

  /// From one sample to the next: 10 s, or a sixtieth of a shorter soak.
  Duration interval() {
    Duration sixtieth = min(duration.dividedBy(60), LONGEST_INTERVAL);
    return sixtieth.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : sixtieth;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  long neededBytes() {
    return BASE_BYTES
        + (long) (ratePerS * BYTES_PER_EVENT * Math.min(KEPT_S, duration.toSeconds()))
        + BYTES_PER_S * duration.toSeconds();
  }

  /// @throws BenchException if the disk is too small for it
  void requireSpace() throws IOException {
    Files.createDirectories(data);
    long free = Files.getFileStore(data).getUsableSpace();
    if (free < neededBytes()) {
      throw new BenchException(
          String.format(
              Locale.ROOT,
              "--data %s: has %,d MiB free, a soak of %d s at %,.0f/s needs %,d MiB; name another"
                  + " folder, or a lower --rate",
              data,
              free >> 20,
              duration.toSeconds(),
              ratePerS,
              neededBytes() >> 20));
    }
  }
}
