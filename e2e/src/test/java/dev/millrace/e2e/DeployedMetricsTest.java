package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The alerts and dashboards: they are well formed, do what they should, and ask for metrics that
/// there are. That the page is right about those is [MetricsIT]'s to find out.
class DeployedMetricsTest {
  private static final Path PROMETHEUS = Path.of("..", "deploy", "prometheus");
  private static final Path RULES = PROMETHEUS.resolve("rules.yml");
  private static final Path DASHBOARDS = Path.of("..", "deploy", "grafana", "dashboards");

  private static final Pattern NAME =
      Pattern.compile("\\b(?:millrace|kafka|jvm|process|system)_[a-z0-9_]+\\b");

  /// What a histogram or a timer has beside its name.
  private static final Pattern PART = Pattern.compile("_(?:bucket|sum|count|max)$");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check config prometheus.yml",
        "check rules rules.yml",
        "test rules rules_test.yml"
      })
  void promtoolAgrees(String command) throws Exception {
    Optional<Path> promtool = promtool();
    assumeTrue(promtool.isPresent(), "no promtool, which Debian's package prometheus has");
    List<String> words = new ArrayList<>(List.of(promtool.get().toString()));
    words.addAll(List.of(command.split(" ", -1)));
    Process process =
        new ProcessBuilder(words).directory(PROMETHEUS.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  private static Optional<Path> promtool() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, "promtool"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Test
  void alertsAskForMetricsThatThereAre() throws IOException {
    String rules = Files.readString(RULES);
    assertKnown("rules.yml", rules);
    assertEquals(count(rules, "- alert: "), count(rules, "        for: "));
    assertEquals(count(rules, "- alert: "), count(rules, "          severity: "));
    assertEquals(count(rules, "- alert: "), count(rules, "          summary: "));
    assertEquals(count(rules, "- alert: "), count(rules, "          description: "));
  }

  /// An alert without a test may never come.
  @Test
  void everyAlertIsTested() throws IOException {
    String tests = Files.readString(PROMETHEUS.resolve("rules_test.yml"));
    Matcher alerts = Pattern.compile("- alert: (\\w+)").matcher(Files.readString(RULES));
    int found = 0;
    while (alerts.find()) {
      found++;
      assertTrue(
          tests.contains("alertname=\"" + alerts.group(1) + "\", alertstate=\"firing\"")
              || tests.contains("alertname: " + alerts.group(1) + "\n"),
          alerts.group(1) + " has no test in rules_test.yml");
    }
    assertTrue(found > 10, found + " alerts");
  }

  @Test
  void dashboardsAskForMetricsThatThereAre() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(DASHBOARDS)) {
      files = all.filter(file -> file.toString().endsWith(".json")).toList();
    }
    assertEquals(5, files.size());
    Set<String> ids = new HashSet<>();
    for (Path file : files) {
      JsonNode board = Cli.json(file);
      assertTrue(ids.add(board.get("uid").asText()), file + " has another one's uid");
      assertFalse(board.get("panels").isEmpty(), file + " is empty");
      for (JsonNode panel : board.get("panels")) {
        String title = file.getFileName() + ": " + panel.get("title").asText();
        assertFalse(panel.get("targets").isEmpty(), title);
        for (JsonNode target : panel.get("targets")) {
          assertKnown(title, target.get("expr").asText());
          assertEquals("millrace-prometheus", target.get("datasource").get("uid").asText(), title);
        }
      }
    }
    assertTrue(
        Files.readString(DASHBOARDS.resolveSibling("provisioning/datasources/prometheus.yml"))
            .contains("uid: millrace-prometheus"));
  }

  private static void assertKnown(String where, String query) throws IOException {
    Set<String> known = MetricsPage.read().all();
    Set<String> unknown = new TreeSet<>();
    Matcher names = NAME.matcher(query);
    while (names.find()) {
      String name = names.group();
      if (!known.contains(name) && !known.contains(PART.matcher(name).replaceFirst(""))) {
        unknown.add(name);
      }
    }
    assertEquals(Set.of(), unknown, where + " names what docs/metrics.md has not");
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}
