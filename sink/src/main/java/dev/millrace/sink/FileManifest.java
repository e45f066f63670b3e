package dev.millrace.sink;

import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

/// What a folder of window files holds, as of its last transaction: what is not in here does not
/// count, whatever lies in the folder.
///
/// @param version counts up when the meaning of this changes
/// @param format what the finished files look like
/// @param cluster id of the Kafka cluster that the offsets are about; null until it is known
/// @param topics Kafka's id of each topic
/// @param offsets the next offset to be read of each partition
/// @param lastPart the highest number that was given to a part
/// @param parts those that are not finished files yet
record FileManifest(
    int version,
    FileFormat format,
    String cluster,
    Map<String, String> topics,
    List<Position> offsets,
    long lastPart,
    List<Part> parts) {
  static final int VERSION = 1;

  /// The next offset to be read of a partition.
  record Position(String topic, int partition, long next) {
    TopicPartition topicPartition() {
      return new TopicPartition(topic, partition);
    }
  }

  /// Rows of one hour that will be one file.
  ///
  /// @param number unlike that of any other part
  /// @param hour its beginning, epoch milliseconds
  /// @param bytes how long its work file is
  /// @param rows how many are in there, revisions counted
  /// @param written when the last row came, epoch milliseconds by the sink's clock
  /// @param sealed whether no more rows come
  /// @param publishing whether its file is complete, in the place of drafts or already under its
  ///   name; a sealed part's only
  record Part(
      long number,
      long hour,
      long bytes,
      int rows,
      long written,
      boolean sealed,
      boolean publishing) {
    static Part open(long number, long hour) {
      return new Part(number, hour, 0, 0, 0, false, false);
    }

    Part plus(long moreBytes, int moreRows, long now) {
      return new Part(number, hour, bytes + moreBytes, rows + moreRows, now, sealed, publishing);
    }

    Part seal() {
      return new Part(number, hour, bytes, rows, written, true, publishing);
    }

    Part publish() {
      return new Part(number, hour, bytes, rows, written, true, true);
    }
  }

  FileManifest {
    topics = Map.copyOf(topics);
    offsets = List.copyOf(offsets);
    parts = List.copyOf(parts);
  }

  static FileManifest empty(FileFormat format) {
    return new FileManifest(VERSION, format, null, Map.of(), List.of(), 0, List.of());
  }

  Map<TopicPartition, Long> offsetMap() {
    Map<TopicPartition, Long> map = new HashMap<>();
    offsets.forEach(at -> map.put(at.topicPartition(), at.next()));
    return map;
  }

  FileManifest withCluster(String id) {
    return new FileManifest(version, format, id, topics, offsets, lastPart, parts);
  }

  FileManifest withTopic(String topic, String id) {
    Map<String, String> more = new HashMap<>(topics);
    more.put(topic, id);
    return new FileManifest(version, format, cluster, more, offsets, lastPart, parts);
  }

  /// Moves an offset on.
  ///
  /// @return empty if it is not where the writer left it
  Optional<FileManifest> advance(OffsetAdvance advance) {
    OptionalLong at = OptionalLong.empty();
    List<Position> moved = new ArrayList<>();
    for (Position position : offsets) {
      if (position.topicPartition().equals(advance.partition())) {
        at = OptionalLong.of(position.next());
      } else {
        moved.add(position);
      }
    }
    if (!at.equals(advance.from())) {
      return Optional.empty();
    }
    TopicPartition partition = advance.partition();
    moved.add(new Position(partition.topic(), partition.partition(), advance.to()));
    return Optional.of(new FileManifest(version, format, cluster, topics, moved, lastPart, parts));
  }

  /// The part that takes an hour's rows, if there is one.
  Optional<Part> open(long hour) {
    return parts.stream().filter(part -> part.hour() == hour && !part.sealed()).findFirst();
  }

  /// With a part added, or in the place of the one of its number.
  FileManifest with(Part part) {
    List<Part> changed = new ArrayList<>(parts);
    changed.removeIf(old -> old.number() == part.number());
    changed.add(part);
    return withParts(changed, Math.max(lastPart, part.number()));
  }

  FileManifest without(Part part) {
    return withParts(
        parts.stream().filter(other -> other.number() != part.number()).toList(), lastPart);
  }

  FileManifest map(UnaryOperator<Part> change) {
    return withParts(parts.stream().map(change).toList(), lastPart);
  }

  private FileManifest withParts(List<Part> changed, long last) {
    return new FileManifest(version, format, cluster, topics, offsets, last, changed);
  }
}
