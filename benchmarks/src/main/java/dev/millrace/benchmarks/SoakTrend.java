package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/// Whether a quantity has grown over a soak.
///
/// It is flat if, by its line ([Trend]), it is higher at the end than at the beginning by no more
/// than a tenth of its median, or by no more than what such a quantity comes and goes by, whichever
/// is more. That it falls is no harm.
///
/// @param name what, with its unit
/// @param median of the samples
/// @param growth from the first sample to the last, by the line
/// @param per10Min what that is in ten minutes, as a share of the median; 0 if that is 0
/// @param allowed how much growth is flat
record SoakTrend(
    @JsonProperty("name") String name,
    @JsonProperty("median") double median,
    @JsonProperty("growth") double growth,
    @JsonProperty("per_10_min") double per10Min,
    @JsonProperty("allowed") double allowed) {
  static final double SHARE = 0.1;

  private static final double TEN_MINUTES_S = 600;

  /// @param seconds when each value was seen
  /// @param values at least one
  /// @param slack growth that is flat whatever the median
  static SoakTrend of(String name, double[] seconds, double[] values, double slack) {
    Trend trend = Trend.of(seconds, values);
    return new SoakTrend(
        name,
        trend.median(),
        trend.growth(),
        trend.median() == 0 ? 0 : trend.slopePerS() * TEN_MINUTES_S / trend.median(),
        Math.max(SHARE * trend.median(), slack));
  }

  @JsonProperty("grows")
  boolean grows() {
    return growth > allowed;
  }

  /// A line of a table.
  String line() {
    return String.format(
        Locale.ROOT,
        "%-26s %12s %+12.1f %% %13s  %s",
        name,
        number(median, "%,.0f", "%,.1f"),
        100 * per10Min,
        number(growth, "%+,.0f", "%+,.1f"),
        grows() ? "grows" : "flat");
  }

  static String heading() {
    return String.format(
        Locale.ROOT, "%-26s %12s %14s %13s", "", "median", "in 10 minutes", "in all");
  }

  private static String number(double value, String large, String small) {
    return String.format(Locale.ROOT, Math.abs(value) >= 100 ? large : small, value);
  }
}
