package dev.millrace.events;

import com.fasterxml.jackson.annotation.JsonProperty;

/// A latency sketch as it travels: the base-2 exponential histogram of the OpenTelemetry metrics
/// data model (section ExponentialHistogram), positive range only. Bucket `i` of `bucketCounts`
/// counts values in `(2^((offset+i)/2^scale), 2^((offset+i+1)/2^scale)]` microseconds.
///
/// @param scale resolution: 2^scale buckets to each doubling
/// @param zeroCount how many values were 0
/// @param offset index of the first bucket
/// @param bucketCounts counts, from the first non-empty bucket to the last
// A copy for each reader would cost more than the histogram itself; nobody compares two of them.
@SuppressWarnings("ArrayRecordComponent")
public record ExponentialHistogram(
    int scale,
    @JsonProperty("zero_count") long zeroCount,
    int offset,
    @JsonProperty("bucket_counts") long[] bucketCounts) {}
