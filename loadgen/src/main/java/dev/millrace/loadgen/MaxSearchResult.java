package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.JsonRecords;
import java.util.List;

/// What a search for the highest rate has found: `find-max.json` in its folder, which is written
/// anew after each step.
///
/// @param format layout of this file, [#FORMAT]
/// @param version Millrace's
/// @param started when, ISO-8601, UTC
/// @param command the arguments, with secrets left out
/// @param machine where it ran
/// @param slo what had to hold
/// @param resolution how much higher the lowest rate that failed may be, as a share
/// @param foundPerS the highest rate that held and was confirmed, events a second; null if none was
/// @param highestHeldPerS the highest rate that held at all, below all that failed; null if none
///   did
/// @param lowestFailedPerS the lowest that did not, also when it was repeated; null if none
/// @param bottleneck who was in the way there; null if nobody was
/// @param evidence what tells so
/// @param interrupted whether it was ended before its time
/// @param trouble what ended it before its time, if it was not the user; null if nothing did
/// @param steps all of them, in their order
public record MaxSearchResult(
    @JsonProperty("format") int format,
    @JsonProperty("version") String version,
    @JsonProperty("started") String started,
    @JsonProperty("command") List<String> command,
    @JsonProperty("machine") String machine,
    @JsonProperty("slo") String slo,
    @JsonProperty("resolution") double resolution,
    @JsonInclude @JsonProperty("found_per_s") Double foundPerS,
    @JsonInclude @JsonProperty("highest_held_per_s") Double highestHeldPerS,
    @JsonInclude @JsonProperty("lowest_failed_per_s") Double lowestFailedPerS,
    @JsonInclude @JsonProperty("bottleneck") Bottleneck bottleneck,
    @JsonProperty("evidence") String evidence,
    @JsonProperty("interrupted") boolean interrupted,
    @JsonInclude @JsonProperty("trouble") String trouble,
    @JsonProperty("steps") List<MaxSearchStep> steps) {
  /// The layout that this version writes.
  public static final int FORMAT = 1;

  /// Name of the file within the folder of a search.
  public static final String FILE = "find-max.json";

  /// The file as bytes, and back.
  public static final JsonRecords<MaxSearchResult> JSON = new JsonRecords<>(MaxSearchResult.class);
}
