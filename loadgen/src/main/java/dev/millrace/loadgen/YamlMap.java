package dev.millrace.loadgen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// A mapping of a YAML file whose values are asked for by key, and which knows where in the file it
/// stands: whatever is wrong is refused with an [IllegalArgumentException] that has file, line,
/// what was found and what was expected.
final class YamlMap {
  private static final int FILE_LIMIT = 1 << 20;
  private static final int QUOTED = 40;

  private final String file;
  private final Node whole;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Node> keys = new LinkedHashMap<>();
  private final Set<String> asked = new HashSet<>();

  private YamlMap(String file, Node node) {
    this.file = file;
    this.whole = node;
    if (!(node instanceof MappingNode mapping)) {
      throw wrong(node, found(node), "a mapping of keys to values");
    }
    for (NodeTuple entry : mapping.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        throw wrong(entry.getKeyNode(), found(entry.getKeyNode()), "a plain key");
      }
      if (values.put(key.getValue(), entry.getValueNode()) != null) {
        throw wrong(key, "the key " + key.getValue() + " again", "each key once");
      }
      keys.put(key.getValue(), key);
    }
  }

  /// Reads a file's text.
  ///
  /// @param file what to call it in messages
  static YamlMap parse(String file, String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(FILE_LIMIT)
            .setAllowDuplicateKeys(true)
            .build();
    try {
      Optional<Node> node = new Compose(settings).composeString(text);
      if (node.isEmpty()) {
        throw new IllegalArgumentException(
            file + ": found nothing, expected a mapping of keys to values");
      }
      return new YamlMap(file, node.get());
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
      throw new IllegalArgumentException(
          file
              + mark.map(at -> " line " + (at.getLine() + 1)).orElse("")
              + ": is not YAML: "
              + e.getProblem(),
          e);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(file + ": is not YAML: " + e.getMessage(), e);
    }
  }

  boolean has(String key) {
    asked.add(key);
    return values.containsKey(key);
  }

  /// A scalar, read by a function that refuses with what it expected.
  <T> T get(String key, Function<String, T> reader, T otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    Node node = values.get(key);
    try {
      return reader.apply(scalar(node, "a single value for " + key));
    } catch (IllegalArgumentException e) {
      throw e instanceof Located ? e : located(node, key + ": " + e.getMessage(), e);
    }
  }

  /// The same for a value that must be there.
  <T> T get(String key, Function<String, T> reader) {
    if (!has(key)) {
      throw wrong(whole, "no key " + key, "one");
    }
    return get(key, reader, null);
  }

  int integer(String key, int otherwise) {
    return get(key, text -> number(text, Integer::valueOf, "a whole number"), otherwise);
  }

  double decimal(String key, double otherwise) {
    return get(key, text -> number(text, Double::valueOf, "a number"), otherwise);
  }

  static <T> T number(String text, Function<String, T> reader, String expected) {
    try {
      return reader.apply(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("found '" + text + "', expected " + expected, e);
    }
  }

  boolean isScalar(String key) {
    return has(key) && values.get(key) instanceof ScalarNode;
  }

  boolean isMap(String key) {
    return has(key) && values.get(key) instanceof MappingNode;
  }

  YamlMap map(String key) {
    asked.add(key);
    return new YamlMap(file, values.get(key));
  }

  /// The mappings of a list, or a single one in its place.
  List<YamlMap> maps(String key) {
    asked.add(key);
    Node node = values.get(key);
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue().stream().map(entry -> new YamlMap(file, entry)).toList();
    }
    if (node instanceof MappingNode) {
      return List.of(new YamlMap(file, node));
    }
    throw wrong(node, found(node), "a list of mappings for " + key);
  }

  List<String> texts(String key) {
    asked.add(key);
    if (!(values.get(key) instanceof SequenceNode sequence)) {
      throw wrong(values.get(key), found(values.get(key)), "a number or a list for " + key);
    }
    List<String> texts = new ArrayList<>();
    sequence.getValue().forEach(node -> texts.add(scalar(node, "a name")));
    return texts;
  }

  /// Makes something of what was read; what that refuses is told with where it stands.
  <T> T make(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      if (e instanceof Located) {
        throw e;
      }
      // Such messages begin with the name of the setting.
      String setting = e.getMessage().split("[ :,]", 2)[0];
      throw located(values.getOrDefault(setting, whole), e.getMessage(), e);
    }
  }

  /// Refuses keys that nobody has asked for.
  void refuseOthers() {
    for (Map.Entry<String, Node> key : keys.entrySet()) {
      if (!asked.contains(key.getKey())) {
        String near =
            asked.stream()
                .min(Comparator.comparingInt(known -> distance(known, key.getKey())))
                .filter(known -> distance(known, key.getKey()) <= 2)
                .map(known -> known + ", which is near, or ")
                .orElse("");
        throw wrong(
            key.getValue(),
            "the unknown key " + quoted(key.getKey()),
            near + "one of " + String.join(", ", asked.stream().sorted().toList()));
      }
    }
  }

  private String scalar(Node node, String expected) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw wrong(node, found(node), expected);
  }

  private static String found(Node node) {
    return switch (node) {
      case MappingNode _ -> "a mapping";
      case SequenceNode _ -> "a list";
      case ScalarNode scalar when scalar.getValue().isEmpty() -> "nothing";
      case ScalarNode scalar -> quoted(scalar.getValue());
      default -> "something else";
    };
  }

  private static String quoted(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return "'" + (line.length() > QUOTED ? line.substring(0, QUOTED) + "…" : line) + "'";
  }

  private IllegalArgumentException wrong(Node node, String found, String expected) {
    return located(node, "found " + found + ", expected " + expected, null);
  }

  private Located located(Node node, String sentence, Exception cause) {
    int line = node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    return new Located(file + " line " + line + ": " + sentence, cause);
  }

  /// Says already where it stands.
  private static final class Located extends IllegalArgumentException {
    Located(String sentence, Exception cause) {
      super(sentence, cause);
    }
  }

  /// Letters to be changed, added or left out to make one of the other (Levenshtein).
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int changed = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }
}
