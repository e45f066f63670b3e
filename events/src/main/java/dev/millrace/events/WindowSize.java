package dev.millrace.events;

import java.util.Optional;

/// The lengths of windows, each made of the one before.
public enum WindowSize {
  /// One second.
  SECOND("1s", 1_000, Topics.WINDOWS_1S),
  /// Ten seconds.
  TEN_SECONDS("10s", 10_000, Topics.WINDOWS_10S),
  /// One minute.
  MINUTE("1m", 60_000, Topics.WINDOWS_1M);

  private final String label;
  private final long ms;
  private final String topic;

  WindowSize(String label, long ms, String topic) {
    this.label = label;
    this.ms = ms;
    this.topic = topic;
  }

  /// As users write it: `1s`, `10s`, `1m`.
  public String label() {
    return label;
  }

  /// Length in milliseconds.
  public long ms() {
    return ms;
  }

  /// The size of this length.
  ///
  /// @throws IllegalArgumentException if there is none
  public static WindowSize ofMs(long ms) {
    for (WindowSize size : values()) {
      if (size.ms == ms) {
        return size;
      }
    }
    throw new IllegalArgumentException("no windows have a length of " + ms + " ms");
  }

  /// Where its rows are.
  public String topic() {
    return topic;
  }

  /// The next longer one, of which this is a part; empty for the longest.
  public Optional<WindowSize> longer() {
    return switch (this) {
      case SECOND -> Optional.of(TEN_SECONDS);
      case TEN_SECONDS -> Optional.of(MINUTE);
      case MINUTE -> Optional.empty();
    };
  }

  /// The next shorter one, which is a part of this; empty for the shortest.
  public Optional<WindowSize> shorter() {
    return switch (this) {
      case SECOND -> Optional.empty();
      case TEN_SECONDS -> Optional.of(SECOND);
      case MINUTE -> Optional.of(TEN_SECONDS);
    };
  }

  /// Start of the window that a time belongs to, epoch milliseconds.
  ///
  /// @param time epoch milliseconds, not negative
  public long start(long time) {
    return time - time % ms;
  }
}
