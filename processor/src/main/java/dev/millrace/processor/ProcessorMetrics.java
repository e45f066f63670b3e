package dev.millrace.processor;

/// What became of the events that a processor has read. The equation: consumed = aggregated + late
/// + deadLettered, where consumed is read off Kafka's offsets and aggregated off the rows.
///
/// @param deadLettered records that were no events, since the process started; counted again when a
///   transaction is repeated
/// @param late events older than the grace allows, in no row; of all time, of the partitions that
///   this process has
/// @param threadsReplaced stream threads that died and were replaced
public record ProcessorMetrics(long deadLettered, long late, long threadsReplaced) {}
