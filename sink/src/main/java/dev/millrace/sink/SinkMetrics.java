package dev.millrace.sink;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// What became of the records that a sink has read since it started, as of its last transaction.
/// The equation: consumed = written + superseded + rejected.
///
/// @param consumed records whose offset the database has passed
/// @param written rows in the database, or that replaced one there
/// @param superseded rows that gave way to a higher revision in the database
/// @param rejected records that were no window row; each is in the log
/// @param expired offsets that Kafka's retention deleted before this sink came to read them: 0
///   unless the sink was away for too long. Not part of the equation.
/// @param conflicts transactions rolled back because another sink had written meanwhile. Their
///   records are not part of the equation; the other sink counts them.
/// @param positions for each partition that this sink has now, the next offset to be read: all
///   before it is in the database
public record SinkMetrics(
    long consumed,
    long written,
    long superseded,
    long rejected,
    long expired,
    long conflicts,
    Map<TopicPartition, Long> positions) {
  static final SinkMetrics NONE = new SinkMetrics(0, 0, 0, 0, 0, 0, Map.of());

  /// Copies the positions.
  public SinkMetrics {
    positions = Map.copyOf(positions);
  }

  SinkMetrics plusBatch(int records, int rows, int rowsWritten) {
    return new SinkMetrics(
        consumed + records,
        written + rowsWritten,
        superseded + rows - rowsWritten,
        rejected + records - rows,
        expired,
        conflicts,
        positions);
  }

  SinkMetrics plusExpired(long offsets) {
    return new SinkMetrics(
        consumed, written, superseded, rejected, expired + offsets, conflicts, positions);
  }

  SinkMetrics plusConflict() {
    return new SinkMetrics(
        consumed, written, superseded, rejected, expired, conflicts + 1, positions);
  }

  SinkMetrics withPositions(Map<TopicPartition, Long> newPositions) {
    return new SinkMetrics(
        consumed, written, superseded, rejected, expired, conflicts, newPositions);
  }
}
