package dev.millrace.loadgen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a run was made with, by name: what two runs must have in common to be compared.
final class RunSettings {
  private RunSettings() {}

  static Map<String, String> of(RunSummary run) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("millrace", text(run.version()));
    settings.put("java", text(run.java()));
    settings.put("kafka-clients", text(run.kafkaClients()));
    settings.put("machine", text(run.machine()));
    settings.put("target", text(run.target()));
    if (run.http() != null) {
      settings.put("http connections", text(run.http().connections()));
      settings.put("http batch", text(run.http().batch()));
      settings.put("http gzip", text(run.http().gzip()));
    }
    settings.put("target rate", targetRate(run));
    settings.put("workers", text(run.workers()));
    settings.put("warm-up", seconds(run.warmUpS()));
    settings.put("seed", text(run.seed()));
    if (run.scenario() != null) {
      run.scenario().forEach((name, value) -> add(settings, "scenario " + name, value));
    }
    return settings;
  }

  static String targetRate(RunSummary run) {
    return run.rate().targetPerS() == null
        ? "as fast as possible"
        : RunUnit.PER_S.show(run.rate().targetPerS());
  }

  /// `30 s`, `7.5 s`.
  static String seconds(double seconds) {
    return String.format(
        Locale.ROOT, seconds == Math.rint(seconds) ? "%,.0f s" : "%,.1f s", seconds);
  }

  private static void add(Map<String, String> settings, String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> add(settings, name + "." + key, inner));
    } else if (value instanceof List<?> list
        && list.stream().anyMatch(item -> item instanceof Map || item instanceof List)) {
      for (int i = 0; i < list.size(); i++) {
        add(settings, name + "[" + i + "]", list.get(i));
      }
    } else {
      settings.put(name, text(value));
    }
  }

  private static String text(Object value) {
    return value == null ? "-" : value.toString();
  }
}
