package dev.millrace.processor;

/// What became of the events that a processor has read. The equation that holds over all instances
/// of an application, once nothing is on its way between combine and merge:
///
/// consumed = aggregated + late + deadLettered
///
/// All counts are since the process started and of what it has committed or was about to: an
/// interval that is repeated after a crash is counted again. Exact over crashes are the topics: the
/// offsets of `requests`, the total's rows, `windows.late` and `requests.dlq`.
///
/// @param consumed records read from `requests`
/// @param aggregated events in windows
/// @param late events that came too late for a window, see `windows.late`
/// @param deadLettered records that are no events, see `requests.dlq`
/// @param folded of the aggregated and late, those counted as series `(other)` because there are
///   too many series
/// @param spilled windows moved to disk because there were too many for memory; one that is moved
///   again counts again
/// @param threadsReplaced stream threads that died and were replaced
public record ProcessorMetrics(
    long consumed,
    long aggregated,
    long late,
    long deadLettered,
    long folded,
    long spilled,
    long threadsReplaced) {}
