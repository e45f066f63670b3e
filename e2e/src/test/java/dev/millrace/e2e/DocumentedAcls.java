package dev.millrace.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/// The rights that docs/operations.md has each service given, from its lines of `kafka-acls.sh`.
final class DocumentedAcls {
  private static final Path PAGE = Path.of("../docs/operations.md");
  private static final String ALLOW = "--allow-principal User:";

  private static final Map<String, ResourceType> TYPES =
      Map.of(
          "--topic", ResourceType.TOPIC,
          "--group", ResourceType.GROUP,
          "--transactional-id", ResourceType.TRANSACTIONAL_ID);

  private DocumentedAcls() {}

  /// All of them, in the order of the page.
  static List<AclBinding> read() throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      List<AclBinding> all =
          lines
              .map(String::strip)
              .filter(line -> line.contains(ALLOW))
              .flatMap(line -> bindings(line).stream())
              .toList();
      if (all.isEmpty()) {
        throw new AssertionError(PAGE + " has no line with " + ALLOW);
      }
      return all;
    }
  }

  private static List<AclBinding> bindings(String line) {
    String[] words = line.substring(line.indexOf(ALLOW)).split(" +", -1);
    List<AclOperation> operations = new ArrayList<>();
    List<String[]> resources = new ArrayList<>();
    PatternType pattern = PatternType.LITERAL;
    for (int i = 2; i < words.length; i += 2) {
      String value = words[i + 1].replace("'", "");
      if (words[i].equals("--operation")) {
        operations.add(AclOperation.fromString(value));
      } else if (words[i].equals("--resource-pattern-type")) {
        pattern = PatternType.valueOf(value.toUpperCase(Locale.ROOT));
      } else if (TYPES.containsKey(words[i])) {
        resources.add(new String[] {words[i], value});
      } else {
        throw new AssertionError("not understood: " + words[i] + " in " + line);
      }
    }
    List<AclBinding> bindings = new ArrayList<>();
    for (String[] resource : resources) {
      for (AclOperation operation : operations) {
        bindings.add(
            new AclBinding(
                new ResourcePattern(TYPES.get(resource[0]), resource[1], pattern),
                new AccessControlEntry(words[1], "*", operation, AclPermissionType.ALLOW)));
      }
    }
    return bindings;
  }

  /// Whether one of them is enough for what somebody wanted to do.
  static boolean allows(AclBinding binding, WatchingAuthorizer.Request request) {
    AclOperation given = binding.entry().operation();
    boolean operation =
        given == request.operation()
            // As Kafka has it: whoever may read, write, delete or alter may describe.
            || (request.operation() == AclOperation.DESCRIBE
                && List.of(
                        AclOperation.READ,
                        AclOperation.WRITE,
                        AclOperation.DELETE,
                        AclOperation.ALTER)
                    .contains(given));
    ResourcePattern pattern = binding.pattern();
    boolean name =
        pattern.patternType() == PatternType.PREFIXED
            ? request.name().startsWith(pattern.name())
            : request.name().equals(pattern.name());
    return operation
        && name
        && pattern.resourceType() == request.type()
        && binding.entry().principal().equals("User:" + request.user());
  }
}
