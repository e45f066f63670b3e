package dev.millrace.drill;

import dev.millrace.sink.SinkConfig;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// How far the sink has read, by what its database says, and by what it has told Kafka.
final class SinkOffsets implements AutoCloseable {
  private static final long LOOK_MS = 10;

  private final Pipeline pipeline;
  private final Connection connection;

  SinkOffsets(Pipeline pipeline) {
    this.pipeline = pipeline;
    try {
      connection = pipeline.database().connect();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private DrillException failed(SQLException e) {
    return new DrillException(
        "offsets could not be read of " + pipeline.database() + ": " + e.getMessage(), e);
  }

  private Map<TopicPartition, Long> inDatabase() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT topic, partition, next_offset FROM offsets")) {
      while (row.next()) {
        offsets.put(new TopicPartition(row.getString(1), row.getInt(2)), row.getLong(3));
      }
      return offsets;
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /// Waits until the database's offsets are others than now.
  ///
  /// @return whether they were in that time
  boolean moveWithin(Duration patience) throws InterruptedException {
    Map<TopicPartition, Long> before = inDatabase();
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      if (!inDatabase().equals(before)) {
        return true;
      }
      Thread.sleep(LOOK_MS);
    }
    return false;
  }

  /// How many offsets the database has of which Kafka does not know.
  long aheadOfKafka() throws InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> told;
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, pipeline.bootstrap()))) {
      told =
          admin
              .listConsumerGroupOffsets(SinkConfig.DEFAULT_GROUP_ID)
              .partitionsToOffsetAndMetadata()
              .get();
    } catch (ExecutionException e) {
      throw new DrillException(
          "Kafka does not tell the offsets of the sink: " + e.getCause().getMessage(), e);
    }
    long ahead = 0;
    for (Map.Entry<TopicPartition, Long> offset : inDatabase().entrySet()) {
      OffsetAndMetadata known = told.get(offset.getKey());
      ahead += Math.max(0, offset.getValue() - (known == null ? 0 : known.offset()));
    }
    return ahead;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed(e);
    }
  }
}
