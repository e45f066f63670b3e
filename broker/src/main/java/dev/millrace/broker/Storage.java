package dev.millrace.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble.VerificationFlag;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.metadata.storage.FormatterException;

/// A data folder as Kafka wants it: two folders, each with an identity card (`meta.properties`),
/// and in the metadata's the records that a new cluster begins with.
///
/// They are two because Kafka locks a separate metadata folder before it opens the metadata log.
/// With one folder for both it looks at the lock only after that.
///
/// @param metadata the controller's log
/// @param topics all others
record Storage(Path metadata, Path topics) {
  static Storage in(Path dataDir) {
    return new Storage(dataDir.resolve("metadata"), dataDir.resolve("topics"));
  }

  /// Formats what is new, as a cluster of its own, and leaves alone what is not.
  ///
  /// @throws BrokerException if there are topics without their metadata
  MetaPropertiesEnsemble open(int nodeId) throws IOException {
    return open(nodeId, Optional.empty());
  }

  /// Formats what is new, and leaves alone what is not.
  ///
  /// @param cluster id of the cluster that the node is of; empty if it is alone
  /// @throws BrokerException if there are topics without their metadata
  /// @throws RuntimeException if the folder is another cluster's, or another node's
  MetaPropertiesEnsemble open(int nodeId, Optional<String> cluster) throws IOException {
    MetaPropertiesEnsemble found = load();
    if (!found.emptyLogDirs().isEmpty()) {
      // The metadata folder is formatted first, so this is no first start cut short: the metadata
      // is lost, and with new metadata Kafka would take the topics for strays and delete them.
      if (found.logDirProps().containsKey(topics.toString())) {
        throw new BrokerException(
            "--data %s: has topics, but %s was emptied; bring it back, or choose another folder"
                .formatted(topics.getParent(), metadata),
            null);
      }
      String clusterId = cluster.or(found::clusterId).orElseGet(() -> Uuid.randomUuid().toString());
      format(nodeId, clusterId, List.of(metadata.toString()));
      format(nodeId, clusterId, List.of(metadata.toString(), topics.toString()));
      found = load();
    }
    found.verify(
        cluster,
        OptionalInt.of(nodeId),
        EnumSet.of(
            VerificationFlag.REQUIRE_AT_LEAST_ONE_VALID,
            VerificationFlag.REQUIRE_METADATA_LOG_DIR));
    return found;
  }

  private MetaPropertiesEnsemble load() throws IOException {
    return new MetaPropertiesEnsemble.Loader()
        .addMetadataLogDir(metadata.toString())
        .addLogDirs(List.of(topics.toString()))
        .load();
  }

  private void format(int nodeId, String clusterId, List<String> folders) throws IOException {
    try {
      new Formatter()
          .setNodeId(nodeId)
          .setClusterId(clusterId)
          .setControllerListenerName(ServerSettings.CONTROLLER)
          .setMetadataLogDirectory(metadata.toString())
          .setDirectories(folders)
          .setIgnoreFormatted(true)
          // What it prints is for a person who formats by hand.
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .run();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) { // what run() declares
      throw new FormatterException(e.getMessage(), e);
    }
  }
}
