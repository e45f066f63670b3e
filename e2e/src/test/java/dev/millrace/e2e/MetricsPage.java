package dev.millrace.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// docs/metrics.md as a test reads it: which metrics it says that a service has.
final class MetricsPage {
  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final Pattern SERVICE = Pattern.compile("## .*\\(`(\\w+)`\\)");
  private static final Pattern NAME =
      Pattern.compile("`((?:millrace|kafka|jvm|process|system)_\\w+)`");

  /// By service, and by heading those that several have.
  private final Map<String, Set<String>> sections = new LinkedHashMap<>();

  /// Where several services have it, which ones, by metric.
  private final Map<String, Set<String>> services = new LinkedHashMap<>();

  static MetricsPage read() throws IOException {
    MetricsPage page = new MetricsPage();
    Set<String> section = new TreeSet<>();
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("## ")) {
        section = new TreeSet<>();
        Matcher service = SERVICE.matcher(line);
        page.sections.put(service.matches() ? service.group(1) : line.substring(3), section);
      } else if (line.startsWith("| `")) {
        String[] cells = line.split("\\|", -1);
        for (Matcher name = NAME.matcher(cells[1]); name.find(); ) {
          section.add(name.group(1));
          page.services.put(name.group(1), Set.of(cells[2].strip().split(", ", -1)));
        }
      }
    }
    return page;
  }

  /// Millrace's own.
  Set<String> of(String service) {
    return sections.get(service);
  }

  /// Those of Kafka's clients that a service has.
  Set<String> kafka(String service) {
    Set<String> names = new TreeSet<>(sections.get("Kafka's clients"));
    names.removeIf(name -> !services.get(name).contains(service));
    return names;
  }

  Set<String> jvm() {
    return sections.get("The JVM and the process");
  }

  Set<String> all() {
    Set<String> all = new TreeSet<>();
    sections.values().forEach(all::addAll);
    return all;
  }
}
