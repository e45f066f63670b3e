package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.Series;

/// What one series did over all its windows.
///
/// @param series one route of one service
/// @param requests how many
/// @param errors of these, with status 500 and above
/// @param clientErrors of these, with status 400 to 499
/// @param bytes sum of the answers' sizes
/// @param durationUs latency, its percentiles from the merged histograms; null if no request
///   carried a duration
public record SeriesTotals(
    Series series,
    long requests,
    long errors,
    long clientErrors,
    long bytes,
    DurationStats durationUs) {}
