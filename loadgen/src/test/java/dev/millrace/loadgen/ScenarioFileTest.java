package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScenarioFileTest {
  @TempDir private Path folder;

  static List<String> shipped() {
    return ScenarioFile.SHIPPED;
  }

  @Test
  void shippedOnesAreThoseOfTheFolder() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("scenarios"))) {
      assertEquals(
          ScenarioFile.SHIPPED,
          files.map(file -> file.getFileName().toString().replace(".yaml", "")).sorted().toList());
    }
  }

  /// A run without Kafka: as many events as the schedule has, each made.
  @ParameterizedTest
  @MethodSource("shipped")
  void shippedOnesRun(String name) throws IOException {
    Scenario scenario = ScenarioFile.read(name).lasting(Duration.ofSeconds(2));
    assertEquals(name, scenario.name());
    Schedule schedule = scenario.load().schedule(scenario.seed());
    EventGenerator generator = new EventGenerator(scenario, 0);
    long index = 0;
    for (long due = schedule.dueNanos(0); due != Schedule.NEVER; due = schedule.dueNanos(++index)) {
      assertTrue(generator.next(index, due).length > 0);
    }
    assertEquals(
        scenario.load().meanPerS() * 2, index, 6 * Math.sqrt(scenario.load().meanPerS() * 2));
  }

  @Test
  void everyKeyOfTheDocumentsIsUnderstood() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "scenarios.md"));
    String yaml = document.split("```yaml\n", 2)[1].split("```", 2)[0];
    Scenario scenario = ScenarioFile.parse("scenarios.md", "all", yaml);
    assertEquals(6, scenario.load().phases().size());
    assertEquals(Duration.ofMinutes(2), scenario.load().duration());
    assertTrue(scenario.load().poisson());
    assertEquals(Traffic.Key.SERIES, scenario.traffic().key());
    assertEquals(Duration.ofSeconds(6), scenario.faults().lateBy());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "tempo: 5; line 1: found the unknown key 'tempo', expected one of arrivals",
        "skev: 5; line 1: found the unknown key 'skev', expected skew, which is near",
        "skew: steep; line 1: skew: found 'steep', expected a number",
        "skew: 11; line 1: skew 11: must be 0 to 10",
        "skew: [1]; line 1: found a list, expected a single value for skew",
        "\"seed: 1\\nseed: 2\"; line 2: found the key seed again",
        "bytes: -5; line 1: bytes: must be 0 to",
        "bytes: {min: -1, max: 5}; line 1: bytes: must be 0 to",
        "seed: 1.5; line 1: seed: found '1.5', expected a whole number",
        "services: []; services 0",
        "services: 0; line 1: services 0",
        "services: [a|b]; line 1: services 'a|b': must be a name",
        "services: ['*']; line 1: services '*'",
        "services: {a: 1}; line 1: found a mapping, expected a number or a list",
        "\"seed: 1\\nroutes: ['a\"\"b']\"; line 2: routes 'a\"b'",
        "load: fast; line 1: found 'fast', expected a list of mappings for load",
        "load: []; line 1: load has no phase",
        "load: {rate: 5kg}; line 1: rate: '5kg' is not a rate",
        "load: {duration: 5s}; line 1: found no key rate",
        "load: {rate: 0}; line 1: rate 0: must be above 0",
        "load: {rate: 1, duration: 10}; line 1: duration: '10' is not a duration",
        "load: {shape: cosine, rate: 1}; line 1: shape: found 'cosine', expected constant, ramp",
        "load: {shape: ramp, rate: 1}; line 1: found no key from",
        "load: {shape: sine, low: 5, high: 1}; line 1: high 1: must not be below low, 5",
        "load: {rate: 1, ratio: 1}; line 1: found the unknown key 'ratio', expected rate",
        "\"load:\\n- {shape: max}\\n- {rate: 1}\"; load has a phase of shape max beside others",
        "errors: 120%; line 1: errors: '120%' is not a share of 0% to 100%",
        "errors: many; line 1: errors: 'many' is not a share",
        "late: {by: 5s}; line 1: found no key share",
        "late: {share: 1%, by: 1h}; by 3600s: must be 1ms to 2m",
        "\"duplicates: 60%\\nmalformed: 60%\"; must be at most 100% together",
        "size: 1MiB; line 1: size 1048576: must be 0 to 65536",
        "size: 1TiB; line 1: size: '1TiB' is not a size",
        "size: 1m; line 1: size: '1m' is not a size",
        "size: 65KiB; line 1: size 66560: must be 0 to 65536",
        "key: id; line 1: key: found 'id', expected none, series, service",
        "incidents: [{service: x, from: 1s, until: 2s}]; line 1: service 'x' of an incident",
        "incidents: [{service: cart, from: 2s, until: 2s}]; line 1: until 2s: must be after from",
        "[a]; line 1: found a list, expected a mapping",
        "\"a: b: c\"; line 1: is not YAML",
        "\"a: [\"; is not YAML",
        "\"a: \\t- @\"; is not YAML",
        "\"\"; found nothing",
        "\"# only a comment\"; found nothing",
      })
  void whatIsWrongIsSaidWithFileAndLine(String yaml, String part) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                ScenarioFile.parse(
                    "my.yaml", "my", yaml.replace("\\n", "\n").replace("\\t", "\t")));
    assertTrue(e.getMessage().startsWith("my.yaml"), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void aFileIsReadByItsPath() throws IOException {
    Path file = Files.writeString(folder.resolve("my.yaml"), "seed: 7\n");
    Scenario scenario = ScenarioFile.read(file.toString());
    assertEquals("my", scenario.name());
    assertEquals(7, scenario.seed());
    assertEquals(Scenario.steady().load(), scenario.load());
  }

  @Test
  void neitherNameNorFileIsSaidWithTheNamesThatThereAre() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ScenarioFile.read("night"));
    assertTrue(e.getMessage().startsWith("--scenario night: is neither a file"), e.getMessage());
    assertTrue(e.getMessage().contains("flash-crowd"), e.getMessage());
  }

  @Test
  void whatIsNoTextIsRefused() throws IOException {
    Path file =
        Files.write(folder.resolve("x.yaml"), new byte[] {'a', ':', (byte) 0xff, (byte) 0xfe});
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ScenarioFile.read(file.toString()));
    assertTrue(e.getMessage().contains("UTF-8"), e.getMessage());
  }
}
