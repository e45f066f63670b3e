package dev.millrace.loadgen;

import java.util.Locale;

/// What the lines of a log look like. Users see the names in lower case.
public enum LogFormat {
  /// Found out from the first lines.
  AUTO,

  /// The *combined* format of Apache and nginx, or *common*, which lacks the last two fields: `host
  /// ident user [time] "request" status bytes "referer" "agent"`. What follows is not read, not
  /// even a number that might be a duration: its unit is anybody's guess.
  COMBINED,

  /// *Combined* with nginx's `$request_time` after it: seconds with three decimals, in quotes or
  /// not.
  NGINX,

  /// One JSON event of the contract a line.
  NDJSON;

  /// The format with this name, in lower case as users write it.
  ///
  /// @throws IllegalArgumentException if there is none
  public static LogFormat parse(String name) {
    for (LogFormat format : values()) {
      if (format.toString().equals(name)) {
        return format;
      }
    }
    throw new IllegalArgumentException(
        "unknown log format '" + name + "': use auto, combined, nginx or ndjson");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
