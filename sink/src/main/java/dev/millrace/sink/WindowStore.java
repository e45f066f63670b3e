package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/// Where window rows are kept, together with how far the topics were read: both change in one
/// transaction or not at all, so that a row is never lost and never counted twice, whatever dies.
///
/// A row is identified by window start, window size, service and route. A higher revision replaces
/// a lower one, and of equal revisions the later one holds.
///
/// Used by one thread at a time. Several stores, in several processes, may be open on one database.
/// Every method throws [StoreBusyException] if the same call may succeed later, and [SinkException]
/// if it will not.
public interface WindowStore extends AutoCloseable {
  /// How far a partition was read.
  ///
  /// @param partition which one
  /// @param from the offset that this writer believes the database to have; empty for none
  /// @param to the next offset to be read
  record OffsetAdvance(TopicPartition partition, OptionalLong from, long to) {}

  /// Says which Kafka cluster the offsets are about. A new database takes the id.
  ///
  /// @throws SinkException if the database has offsets of another cluster: read positions of one
  ///   cluster are meaningless in another, and following them would skip rows
  void bindTo(String clusterId);

  /// Says which topic is behind a name. The first time, the database takes the id.
  ///
  /// @throws SinkException if the database has offsets of a topic of the same name that is gone: in
  ///   the one made anew, they would skip rows
  void bindTo(String topic, String topicId);

  /// The next offset to be read, for every partition of which anything was written.
  Map<TopicPartition, Long> offsets();

  /// Writes rows and offsets in one transaction. When it throws, for whatever reason, nothing was
  /// written, with one exception that an implementation may have: a commit whose answer was lost.
  /// Calling again is safe even then, because the offsets no longer agree.
  ///
  /// @return how many rows were written; the others gave way to a higher revision
  /// @throws StaleWriterException if the database has another offset than `from`
  int write(List<WindowSummary> rows, List<OffsetAdvance> advances);

  /// Deletes some of the rows whose window began before a time. Offsets stay as they are: what is
  /// deleted is not read again.
  ///
  /// @param startMs epoch milliseconds
  /// @param limit how many rows at most, so that nobody waits for long
  /// @return how many rows were deleted; fewer than `limit` if no more are left
  /// @throws UnsupportedOperationException if this store keeps everything
  default int deleteBefore(long startMs, int limit) {
    throw new UnsupportedOperationException(getClass().getSimpleName() + " keeps everything");
  }

  /// Does what is due without rows to write, such as closing the file of an hour that is over.
  /// Called now and then when nothing comes; by default there is nothing to do.
  default void tidy() {}

  @Override
  void close();
}
