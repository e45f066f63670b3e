package dev.millrace.events;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Objects;

/// Says on `requests.dlq` which of its letters have been sent to `requests` again. It is written in
/// the transaction that sends them, and so is true exactly if they are there.
///
/// @param letters which ones; none if the transaction before this one was given up, and all that
///   there is to say is what it took
/// @param marks offsets of `requests` that were taken without an event in them: one mark of its end
///   in each partition that the transaction wrote to, and what one that was given up had written
@JsonPropertyOrder({"letters", "marks"})
public record ReplayNote(
    @JsonProperty("letters") List<Letters> letters, @JsonProperty("marks") int marks) {
  /// Name of the header that a note has. A letter may have it too, copied from an event, but then
  /// has a reason beside it.
  public static final String HEADER = "millrace.replayed";

  /// @throws NullPointerException if letters, or one of them, is missing
  public ReplayNote {
    letters = List.copyOf(Objects.requireNonNull(letters, "letters are missing"));
  }

  /// Letters of one partition, all from one offset to another.
  ///
  /// @param partition of `requests.dlq`
  /// @param from the first one's offset
  /// @param to the last one's offset
  @JsonPropertyOrder({"partition", "from", "to"})
  public record Letters(
      @JsonProperty("partition") int partition,
      @JsonProperty("from") long from,
      @JsonProperty("to") long to) {}
}
