package dev.millrace.drill;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// One thing that must hold.
///
/// @param name a word for it
/// @param holds whether it does
/// @param promise what must hold, and the numbers
/// @param violations what does not, the smallest first, so many at most
/// @param violationCount all of them
record Check(
    @JsonProperty("name") String name,
    @JsonProperty("holds") boolean holds,
    @JsonProperty("promise") String promise,
    @JsonProperty("violations") List<String> violations,
    @JsonProperty("violation_count") long violationCount) {
  private static final int LISTED = 5;

  /// @param violations all of them
  static Check of(String name, String promise, List<String> violations) {
    return new Check(
        name,
        violations.isEmpty(),
        promise,
        violations.stream().limit(LISTED).toList(),
        violations.size());
  }
}
