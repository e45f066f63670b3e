package dev.millrace.events;

/// The names of the topics that are part of the contract. Topics that Kafka Streams keeps for
/// itself (repartition, changelog) are named by the processor and are nobody else's business.
public final class Topics {
  /// Raw events, one JSON object a record, no key, record timestamp = event time.
  public static final String REQUESTS = "requests";

  /// What could not be read as an event: the original bytes, the reason in the headers. Between
  /// these letters, a [ReplayNote] for each lot of them that was sent to `requests` again.
  public static final String DEAD_LETTERS = "requests.dlq";

  /// Rows of one-second windows, JSON, keyed by [Series#key()].
  public static final String WINDOWS_1S = "windows.1s";

  /// Rows of ten-second windows, made of the one-second ones.
  public static final String WINDOWS_10S = "windows.10s";

  /// Rows of one-minute windows, made of the ten-second ones.
  public static final String WINDOWS_1M = "windows.1m";

  /// Events that came too late for any row, counted, as [LateEvents], keyed by [Series#key()].
  public static final String LATE = "windows.late";

  /// Prefix of the headers that tell why a record is a dead letter, and where it stood: `message`,
  /// `exception`, `topic`, `partition`, `offset`. They are those of Kafka Streams (KIP-1034).
  public static final String DEAD_LETTER_HEADERS = "__streams.errors.";

  /// The header of a replayed event that says which dead letter it was: partition and offset of
  /// `requests.dlq`, as `0-17`.
  public static final String LETTER_HEADER = "millrace.letter";

  /// The largest raw event that the pipeline accepts, in bytes.
  public static final int MAX_EVENT_BYTES = 64 * 1024;

  private Topics() {}
}
