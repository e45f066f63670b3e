package dev.millrace.loadgen;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Scenarios as YAML files; `docs/scenarios.md` has all keys. Whatever is wrong is refused with an
/// [IllegalArgumentException] that has file, line, what was found and what was expected.
public final class ScenarioFile {
  /// Names of the scenarios that come with Millrace, from `loadgen/scenarios`.
  public static final List<String> SHIPPED =
      List.of("day", "dirty-input", "flash-crowd", "slow-dependency", "steady");

  private static final String EXTENSION = ".yaml";

  private ScenarioFile() {}

  /// Reads a scenario.
  ///
  /// @param nameOrFile the name of a shipped one, or a file
  /// @throws IllegalArgumentException if there is none, or something is wrong with it
  /// @throws IOException if the file cannot be read
  public static Scenario read(String nameOrFile) throws IOException {
    if (SHIPPED.contains(nameOrFile)) {
      String resource = "scenarios/" + nameOrFile + EXTENSION;
      try (InputStream in = ScenarioFile.class.getResourceAsStream(resource)) {
        return parse(
            nameOrFile + EXTENSION,
            nameOrFile,
            new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    Path file = Path.of(nameOrFile);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "--scenario "
              + nameOrFile
              + ": is neither a file nor one of "
              + String.join(", ", SHIPPED));
    }
    String name = file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    try {
      return parse(nameOrFile, name, Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(nameOrFile + ": is not a text file in UTF-8", e);
    }
  }

  /// Reads a scenario's text.
  ///
  /// @param file what to call it in messages
  /// @param name of the scenario
  static Scenario parse(String file, String name, String text) {
    YamlMap yaml = YamlMap.parse(file, text);
    Scenario scenario =
        yaml.make(() ->
            new Scenario(
                name,
                yaml.get(
                    "seed",
                    seed -> YamlMap.number(seed, Long::valueOf, "a whole number"),
                    Scenario.DEFAULT_SEED),
                load(yaml),
                traffic(yaml),
                faults(yaml)));
    yaml.refuseOthers();
    return scenario;
  }

  private static Load load(YamlMap yaml) {
    boolean poisson =
        yaml.get("arrivals", text -> Arrivals.of(text), Arrivals.EVEN) == Arrivals.POISSON;
    if (!yaml.has("load")) {
      Load usual = Load.constant(Scenario.DEFAULT_RATE, Scenario.DEFAULT_DURATION);
      return new Load(usual.phases(), poisson);
    }
    List<Phase> phases = yaml.maps("load").stream().map(ScenarioFile::phase).toList();
    return yaml.make(() -> new Load(phases, poisson));
  }

  private static Phase phase(YamlMap yaml) {
    Shape shape = yaml.get("shape", text -> constant(Shape.class, text), Shape.CONSTANT);
    Phase phase =
        yaml.make(() -> {
          Duration duration = yaml.get("duration", Quantity::duration, Scenario.DEFAULT_DURATION);
          return switch (shape) {
            case CONSTANT -> new Phase.Constant(rate(yaml, "rate"), duration);
            case RAMP -> new Phase.Ramp(rate(yaml, "from"), rate(yaml, "to"), duration);
            case STEPS ->
                new Phase.Steps(
                    rate(yaml, "from"), rate(yaml, "to"), yaml.integer("steps", 5), duration);
            case SPIKE -> new Phase.Spike(rate(yaml, "rate"), rate(yaml, "peak"), duration);
            case SINE ->
                new Phase.Sine(
                    rate(yaml, "low"),
                    rate(yaml, "high"),
                    yaml.get("period", Quantity::duration, duration),
                    duration);
            case MAX -> new Phase.Max(duration);
          };
        });
    yaml.refuseOthers();
    return phase;
  }

  private static double rate(YamlMap yaml, String key) {
    return yaml.get(key, Quantity::rate);
  }

  private static Traffic traffic(YamlMap yaml) {
    List<String> services = names(yaml, "services", Scenario.DEFAULT_SERVICES);
    List<String> routes = names(yaml, "routes", Scenario.DEFAULT_ROUTES);
    YamlMap bytes = yaml.isMap("bytes") ? yaml.map("bytes") : null;
    Traffic usual = Scenario.steady().traffic();
    long min =
        bytes == null
            ? yaml.get("bytes", ScenarioFile::bytes, usual.minBytes())
            : bytes.get("min", ScenarioFile::bytes);
    long max =
        bytes == null
            ? yaml.get("bytes", ScenarioFile::bytes, usual.maxBytes())
            : bytes.get("max", ScenarioFile::bytes);
    refuseOthers(bytes);
    return yaml.make(() ->
        new Traffic(
            services,
            routes,
            yaml.decimal("skew", usual.skew()),
            latency(yaml),
            yaml.get("errors", Quantity::share, usual.errors()),
            yaml.get("client-errors", Quantity::share, usual.clientErrors()),
            yaml.get("without-duration", Quantity::share, 0.0),
            min,
            max,
            yaml.get("size", Quantity::size, 0),
            yaml.get("key", text -> constant(Traffic.Key.class, text), Traffic.Key.NONE),
            yaml.has("incidents")
                ? yaml.maps("incidents").stream().map(ScenarioFile::incident).toList()
                : List.of()));
  }

  private static List<String> names(YamlMap yaml, String key, int otherwise) {
    boolean number = !yaml.has(key) || yaml.isScalar(key);
    if (!number) {
      return yaml.texts(key);
    }
    int count = yaml.integer(key, otherwise);
    return yaml.make(
        () -> key.equals("services") ? Scenario.services(count, 1) : Scenario.routes(1, count));
  }

  private static Traffic.Latency latency(YamlMap yaml) {
    Traffic.Latency usual = Scenario.DEFAULT_LATENCY;
    if (!yaml.has("latency")) {
      return usual;
    }
    YamlMap latency = yaml.map("latency");
    Duration min = usual.minMedian();
    Duration max = usual.maxMedian();
    if (latency.isMap("median")) {
      YamlMap median = latency.map("median");
      min = median.get("min", Quantity::duration);
      max = median.get("max", Quantity::duration);
      median.refuseOthers();
    } else if (latency.has("median")) {
      min = latency.get("median", Quantity::duration);
      max = min;
    }
    double slowShare = 0;
    double slowFactor = 1;
    if (latency.has("slow")) {
      YamlMap slow = latency.map("slow");
      slowShare = slow.get("share", Quantity::share);
      slowFactor = slow.get("factor", ScenarioFile::factor);
      slow.refuseOthers();
    }
    double sigma = latency.decimal("sigma", usual.sigma());
    latency.refuseOthers();
    Duration minMedian = min;
    Duration maxMedian = max;
    double share = slowShare;
    double factor = slowFactor;
    return latency.make(() -> new Traffic.Latency(minMedian, maxMedian, sigma, share, factor));
  }

  private static Traffic.Incident incident(YamlMap yaml) {
    Traffic.Incident incident =
        yaml.make(() ->
            new Traffic.Incident(
                yaml.get("service", Function.identity()),
                yaml.get("from", Quantity::duration),
                yaml.get("until", Quantity::duration),
                yaml.decimal("slower", 1),
                yaml.get("errors", Quantity::share, 0.0)));
    yaml.refuseOthers();
    return incident;
  }

  private static Faults faults(YamlMap yaml) {
    YamlMap outOfOrder = yaml.has("out-of-order") ? yaml.map("out-of-order") : null;
    YamlMap late = yaml.has("late") ? yaml.map("late") : null;
    double outOfOrderShare = shareOf(outOfOrder);
    Duration outOfOrderBy = byOf(outOfOrder, Faults.NONE.outOfOrderBy());
    double lateShare = shareOf(late);
    Duration lateBy = byOf(late, Faults.NONE.lateBy());
    refuseOthers(outOfOrder);
    refuseOthers(late);
    return yaml.make(() ->
        new Faults(
            outOfOrderShare,
            outOfOrderBy,
            lateShare,
            lateBy,
            yaml.get("duplicates", Quantity::share, 0.0),
            yaml.get("malformed", Quantity::share, 0.0),
            yaml.get("oversized", Quantity::share, 0.0)));
  }

  private static double shareOf(YamlMap aged) {
    return aged == null ? 0 : aged.get("share", Quantity::share);
  }

  private static Duration byOf(YamlMap aged, Duration otherwise) {
    return aged == null ? otherwise : aged.get("by", Quantity::duration, otherwise);
  }

  private static void refuseOthers(YamlMap yaml) {
    if (yaml != null) {
      yaml.refuseOthers();
    }
  }

  private static Long bytes(String text) {
    return (long) Quantity.size(text);
  }

  private static double factor(String text) {
    return YamlMap.number(text, Double::valueOf, "a number");
  }

  private enum Shape {
    CONSTANT,
    RAMP,
    STEPS,
    SPIKE,
    SINE,
    MAX
  }

  private enum Arrivals {
    EVEN,
    POISSON;

    static Arrivals of(String text) {
      return constant(Arrivals.class, text);
    }
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> text(constant).equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "found '"
                    + text
                    + "', expected "
                    + String.join(
                        ", ",
                        Arrays.stream(type.getEnumConstants()).map(ScenarioFile::text).toList())));
  }

  static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
