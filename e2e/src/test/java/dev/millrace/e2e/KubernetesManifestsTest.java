package dev.millrace.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// deploy/kubernetes as a cluster would take it, without one. What is checked after kustomize has
/// put an overlay together needs `kubectl`, and is skipped where there is none.
class KubernetesManifestsTest {
  private static final Path FOLDER = Path.of("../deploy/kubernetes");
  private static final String KUSTOMIZATION = "kustomization.yaml";

  @TempDir private Path copy;

  @Test
  void everyFileIsListedInItsKustomizationAndEveryListedOneIsThere() throws IOException {
    assertEquals(List.of(), unlisted(FOLDER));
  }

  @Test
  void aFileThatIsNotListedIsNoticed() throws IOException {
    copyManifests();
    Files.writeString(copy.resolve("base/forgotten.yaml"), "");
    Files.delete(copy.resolve("overlays/production/network.yaml"));
    assertEquals(
        List.of("base/forgotten.yaml is not listed", "overlays/production/network.yaml is missing"),
        unlisted(copy));
  }

  private static List<String> unlisted(Path folder) throws IOException {
    List<String> problems = new ArrayList<>();
    for (Path kustomization : find(folder, KUSTOMIZATION)) {
      Path here = kustomization.getParent();
      JsonNode content = Manifests.documents(Files.readString(kustomization)).getFirst();
      Set<Path> listed = new HashSet<>();
      content.path("resources").forEach(entry -> listed.add(here.resolve(entry.asText())));
      content.path("components").forEach(entry -> listed.add(here.resolve(entry.asText())));
      content
          .path("patches")
          .forEach(patch -> {
            if (patch.has("path")) {
              listed.add(here.resolve(patch.path("path").asText()));
            }
          });
      listed.stream()
          .filter(file -> !Files.exists(file))
          .forEach(file -> problems.add(folder.relativize(file) + " is missing"));
      find(here, ".yaml").stream()
          .filter(file -> file.getParent().equals(here) && !file.endsWith(KUSTOMIZATION))
          .filter(file -> !listed.contains(file))
          .forEach(file -> problems.add(folder.relativize(file) + " is not listed"));
    }
    assertFalse(find(folder, KUSTOMIZATION).isEmpty());
    return problems.stream().sorted().toList();
  }

  private static List<Path> find(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  @Test
  void everyFileIsWhatKubernetesUnderstands() throws IOException {
    List<Path> files = new ArrayList<>(find(FOLDER, ".yaml"));
    files.removeIf(file -> file.endsWith(KUSTOMIZATION));
    for (Path file : files) {
      List<JsonNode> documents = Manifests.documents(Files.readString(file));
      assertEquals(
          documents.size(),
          Manifests.read(documents).objects().size() + Manifests.read(documents).custom().size());
    }
    assertTrue(files.size() > 10, () -> files.toString());
  }

  /// Kafka only warns about a misspelt setting, and goes on without it.
  @Test
  void theExamplesOfKafkaSettingsAreKafkas() throws IOException {
    Secret kafka =
        secrets(FOLDER).all(Secret.class).stream()
            .filter(secret -> secret.getMetadata().getName().equals("millrace-kafka"))
            .findAny()
            .orElseThrow();
    for (String text : kafka.getStringData().values()) {
      Properties properties = new Properties();
      properties.load(new StringReader(text));
      assertEquals(5, properties.size());
      properties
          .stringPropertyNames()
          .forEach(name -> assertTrue(AdminClientConfig.configNames().contains(name), name));
    }
  }

  private static Manifests secrets(Path folder) throws IOException {
    return Manifests.read(
        Manifests.documents(Files.readString(folder.resolve("secrets.example.yaml"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"overlays/small", "overlays/production", "base"})
  void whatIsAppliedFitsTogether(String overlay) throws Exception {
    assertEquals(List.of(), problems(FOLDER, overlay));
  }

  /// One mistake each, as they are made.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          base/ingest.yaml | terminationGracePeriodSeconds: 45 | terminationGracePeriod: 45 | terminationGracePeriod
          base/ingest.yaml | `prometheus.io/scrape: "true"` | prometheus.io/scrape: true | scrape
          base/processor.yaml | minReadySeconds: 20 | minReadySeconds: soon | minReadySeconds
          overlays/production/disruption.yaml | policy/v1 | policy/v1beta1 | not known: policy/v1beta1 PodDisruptionBudget
          base/ingest.yaml | enableServiceLinks: false | enableServiceLinks: true | service links
          base/ingest.yaml | runAsNonRoot: true | runAsNonRoot: false | the image's user
          base/ingest.yaml | readOnlyRootFilesystem: true | readOnlyRootFilesystem: false | file system
          base/ingest.yaml | --port=8081 | --port=8082 | listens on 8082
          base/ingest.yaml | --host=0.0.0.0 | --host=127.0.0.1 | loopback
          base/ingest.yaml | --max-connections-per-address | --max-connections-per-adress | Unknown option
          base/ingest.yaml | - ingest | - ingets | ingets
          base/ingest.yaml | name: MILLRACE_KAFKA_CONFIG | name: MILLRACE_KAFKA_CONFIGS | MILLRACE_KAFKA_CONFIGS
          base/ingest.yaml | /etc/millrace/kafka/client.properties | /etc/millrace/kafka.properties | nothing is mounted
          base/ingest.yaml | key: ingest.properties | key: edge.properties | has no edge.properties
          base/ingest.yaml | secretName: millrace-kafka | secretName: kafka | no Secret kafka
          base/ingest.yaml | path: /health/ready | path: /health/live | must ask for /health/ready
          base/ingest.yaml | port: http | port: web | a port that the container has not
          base/ingest.yaml | `prometheus.io/port: "8081"` | `prometheus.io/port: "8080"` | another place
          base/ingest.yaml | memory: 512Mi | memory: 400Mi | does not fit
          base/ingest.yaml | seconds: 10 | seconds: 30 | take up to 25 s
          base/ingest.yaml | sizeLimit: 64Mi | {} | volume tmp has no limit
          base/ingest.yaml | `  selector:\\n    app.kubernetes.io/name: millrace-ingest` | `  selector:\\n    app.kubernetes.io/name: ingest` | selects 0 Deployments
          base/ingest.yaml | targetPort: http | targetPort: web | has no port web
          base/processor.yaml | -XX:ActiveProcessorCount=2 | -XX:+UseG1GC | all of the node's processors
          base/processor.yaml | --state=/data/processor | --state | parameter for option '--state'
          base/processor.yaml | `            - create` | `            - make` | make
          base/processor.yaml | `name: kafka-topics\\n          secret` | `name: topics\\n          secret` | there is no volume kafka-topics
          base/sink.yaml | name: MILLRACE_JDBC_CONFIG | name: MILLRACE_JDBC_FILE | MILLRACE_JDBC_FILE
          base/sink.yaml | postgres/jdbc.properties | postgres/jdbc.config | nothing is mounted
          base/kustomization.yaml | MILLRACE_JDBC_URL | MILLRACE_JDBC_URI | MILLRACE_JDBC_URI
          base/kustomization.yaml | newTag: 0.1.0 | newTag: latest | needs a version
          overlays/production/disruption.yaml | app.kubernetes.io/name: millrace-sink | app.kubernetes.io/name: sink | selects 0 Deployments
          overlays/production/kustomization.yaml | count: 2 | count: 1 | none is left
          overlays/production/ingest-scaling.yaml | `    name: millrace-ingest` | `    name: ingest` | no Deployment ingest
          overlays/production/ingest-keys.yaml | replicas: null | replicas: 3 | set millrace-ingest back
          overlays/production/ingress.yaml | `                name: millrace-ingest` | `                name: ingest` | no Service ingest
          overlays/production/network.yaml | app.kubernetes.io/part-of: millrace | app.kubernetes.io/part-of: rice | selects nothing
          overlays/production/network.yaml | port: http | port: https | has not its port
          components/keda/processor-scaling.yaml | maxReplicaCount: 12 | maxReplicaCount: 24 | than partitions
          components/keda/processor-scaling.yaml | consumerGroup: millrace | consumerGroup: mill | another group
          components/keda/processor-scaling.yaml | FromEnv: MILLRACE_BOOTSTRAP_SERVER | FromEnv: MILLRACE_BOOTSTRAP | no such variable
          components/keda/processor-scaling.yaml | key: sasl | key: mechanism | has no
          components/prometheus-operator/pod-monitor.yaml | port: http | port: metrics | has not its port
          components/prometheus-operator/pod-monitor.yaml | millrace-(.+) | (millrace.+) | the job of ingest is another
          components/prometheus-operator/pod-monitor.yaml | kubernetes_io_name | kubernetes_io_title | the job of sink is another
          """)
  void noticesWhatIsWrong(String file, String right, String wrong, String says) throws Exception {
    copyManifests();
    Path changed = copy.resolve(file);
    String before = Files.readString(changed);
    String after = before.replace(right.translateEscapes(), wrong.translateEscapes());
    assertFalse(after.equals(before), () -> file + " has no " + right);
    Files.writeString(changed, after);
    List<String> problems = problems(copy, "overlays/production");
    assertTrue(
        problems.stream().anyMatch(problem -> problem.contains(says)), () -> problems.toString());
  }

  private void copyManifests() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      for (Path file : files.toList()) {
        Path to = copy.resolve(FOLDER.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to);
        }
      }
    }
  }

  private static List<String> problems(Path folder, String overlay) throws Exception {
    try {
      Manifests applied = Manifests.read(Manifests.documents(rendered(folder.resolve(overlay))));
      return ManifestRules.problems(applied, secrets(folder));
    } catch (IllegalArgumentException e) {
      return List.of(e.getMessage());
    }
  }

  private static String rendered(Path overlay) throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "kubectl"))),
        "no kubectl");
    Process kubectl =
        new ProcessBuilder("kubectl", "kustomize", overlay.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String yaml = new String(kubectl.getInputStream().readAllBytes(), UTF_8);
    if (kubectl.waitFor() != 0) {
      throw new IllegalArgumentException("kustomize refuses " + overlay + ": see above");
    }
    return yaml;
  }
}
