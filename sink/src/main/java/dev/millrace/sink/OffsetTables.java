package dev.millrace.sink;

import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// The tables of a database that say how far the topics were read, and which cluster's and topics'
/// offsets these are. The same SQL in all databases; transactions are the caller's.
final class OffsetTables {
  private final String database;
  private final Connection connection;
  private final PreparedStatement insert;
  private final PreparedStatement update;

  /// @param database as the user named it, for messages
  OffsetTables(String database, Connection connection) throws SQLException {
    this.database = database;
    this.connection = connection;
    this.insert =
        connection.prepareStatement(
            "INSERT INTO offsets (next_offset, topic, partition) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.update =
        connection.prepareStatement(
            "UPDATE offsets SET next_offset = ? WHERE topic = ? AND partition = ? AND next_offset = ?");
  }

  void bindTo(String clusterId) throws SQLException {
    String bound =
        bind(
            "UPDATE schema SET cluster_id = ? WHERE cluster_id IS NULL",
            "SELECT cluster_id FROM schema",
            clusterId);
    if (!bound.equals(clusterId)) {
      throw new SinkException(
          "%s holds rows of Kafka cluster %s, this is cluster %s: choose another database for this cluster"
              .formatted(database, bound, clusterId));
    }
  }

  void bindTo(String topic, String topicId) throws SQLException {
    String bound =
        bind(
            "INSERT INTO topics (topic_id, topic) VALUES (?, ?) ON CONFLICT DO NOTHING",
            "SELECT topic_id FROM topics WHERE topic = ?",
            topicId,
            topic);
    if (!bound.equals(topicId)) {
      throw new SinkException(
          "%s holds rows of an earlier topic %s, which was deleted and made anew since: choose another database"
              .formatted(database, topic));
    }
  }

  /// Sets an id if there is none.
  ///
  /// @param name what the id is about, if there are several
  /// @return the id that is there now
  private String bind(String set, String get, String id, String... name) throws SQLException {
    try (PreparedStatement setting = connection.prepareStatement(set);
        PreparedStatement getting = connection.prepareStatement(get)) {
      setting.setString(1, id);
      for (int i = 0; i < name.length; i++) {
        setting.setString(i + 2, name[i]);
        getting.setString(i + 1, name[i]);
      }
      setting.executeUpdate();
      try (ResultSet result = getting.executeQuery()) {
        result.next();
        return result.getString(1);
      }
    }
  }

  Map<TopicPartition, Long> read() throws SQLException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try (PreparedStatement query =
            connection.prepareStatement("SELECT topic, partition, next_offset FROM offsets");
        ResultSet result = query.executeQuery()) {
      while (result.next()) {
        offsets.put(new TopicPartition(result.getString(1), result.getInt(2)), result.getLong(3));
      }
    }
    return offsets;
  }

  /// A sink that was thought dead may wake up with records that its successor has written since. It
  /// must not turn the offset back, so it only moves on from where it left the offset itself.
  ///
  /// @throws StaleWriterException if the offset is another one
  void move(OffsetAdvance advance) throws SQLException {
    PreparedStatement move = advance.from().isPresent() ? update : insert;
    move.setLong(1, advance.to());
    move.setString(2, advance.partition().topic());
    move.setInt(3, advance.partition().partition());
    if (advance.from().isPresent()) {
      move.setLong(4, advance.from().getAsLong());
    }
    if (move.executeUpdate() != 1) {
      throw new StaleWriterException(
          "%s has offset %s for %s where this sink left %s: another sink writes to it too"
              .formatted(
                  database,
                  read().get(advance.partition()),
                  advance.partition(),
                  advance.from().isPresent() ? advance.from().getAsLong() : "none"));
    }
  }
}
