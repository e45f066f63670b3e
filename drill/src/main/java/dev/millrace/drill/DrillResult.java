package dev.millrace.drill;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// What came out of a drill.
///
/// @param seed that decided the schedule
/// @param command that does the same again
/// @param faults what each has cost, in order of time
/// @param failedStarts what parts said that gave up before they could work, and were started again
/// @param checks what must hold, and whether it does
/// @param smallest the smallest window that is not as it must be, with events of it; empty if there
///   is none
/// @param balanced whether everything holds
/// @param sentAgain events that are counted once more, as they may be: sent again under their key
///   to another process of the edge than the one that had put them there
/// @param aborted why nothing was judged; null if it was
public record DrillResult(
    @JsonProperty("seed") long seed,
    @JsonProperty("command") String command,
    @JsonProperty("faults") List<FaultFigures> faults,
    @JsonProperty("failed_starts") List<String> failedStarts,
    @JsonProperty("checks") List<Check> checks,
    @JsonProperty("smallest") List<String> smallest,
    @JsonProperty("balanced") boolean balanced,
    @JsonProperty("sent_again") long sentAgain,
    @JsonProperty("aborted") String aborted) {

  /// Of a drill that came to no verdict.
  ///
  /// @param why it did not
  public static DrillResult aborted(DrillConfig config, String why) {
    return new DrillResult(
        config.seed(),
        config.command(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        false,
        0,
        Objects.requireNonNull(why, "why"));
  }

  /// Writes it for machines.
  ///
  /// @param file null for nowhere
  public void write(Path file) throws IOException {
    if (file != null) {
      new JsonMapper().writeValue(file.toFile(), this);
    }
  }

  /// The result for people.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "  began at  fault                   of                      windows again after    lost"
            + "  doubled  in doubt");
    for (FaultFigures fault : faults) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %6.1f s  %-22s  %-22s  %19s  %,6d  %,7d  %,8d",
              fault.atS(),
              fault.name(),
              fault.target(),
              fault.recoveryMs() == null
                  ? "never"
                  : String.format(Locale.ROOT, "%.1f s", fault.recoveryMs() / 1e3),
              fault.lost(),
              fault.duplicated(),
              fault.inDoubt()));
    }
    failedStarts.forEach(start -> lines.add("  started again: " + start));
    for (Check check : checks) {
      lines.add(
          (check.holds() ? "  holds   " : "  BROKEN  ") + check.name() + ": " + check.promise());
      check.violations().forEach(violation -> lines.add("            " + violation));
      if (check.violationCount() > check.violations().size()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "            and %,d more",
                check.violationCount() - check.violations().size()));
      }
    }
    lines.addAll(smallest);
    if (sentAgain > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  Sent again under their key after an edge had ended that had put them into Kafka, and"
                  + " so counted again: %,d events.",
              sentAgain));
    }
    lines.add(
        balanced
            ? "Balanced: nothing is lost, and nothing "
                + (sentAgain > 0 ? "else " : "")
                + "is counted twice."
            : "Not balanced. The same again: " + command);
    return lines;
  }
}
