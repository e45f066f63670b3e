package dev.millrace.processor;

/// How far a partition of `requests` has been read, in event time.
///
/// @param partition of `requests`
/// @param partitions how many `requests` has
/// @param time no event older than this is expected from the partition, epoch milliseconds; [#NONE]
///   if it has had no event
/// @param idle whether it has had no event for a while
record SourceWatermark(int partition, int partitions, long time, boolean idle) {
  static final long NONE = Long.MIN_VALUE;
}
