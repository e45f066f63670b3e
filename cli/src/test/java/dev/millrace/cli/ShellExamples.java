package dev.millrace.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import picocli.CommandLine;

/// The examples in the help of a command, taken apart as a shell does: quotes, lines that go on,
/// comments, pipes and redirections. More of a shell's language they do not use.
final class ShellExamples {
  private static final String CALL = "(?:\\./)?millrace";

  /// A quoted part, an operator, or a run of characters that are neither.
  private static final Pattern TOKEN =
      Pattern.compile("\\s+|#.*|[|<>();&]+|(?:'[^']*'|\"[^\"]*\"|[^\\s|<>();&'\"])+");

  private static final Pattern QUOTED = Pattern.compile("'([^']*)'|\"([^\"]*)\"");

  private ShellExamples() {}

  /// The commands in the help that call Millrace, each in one piece.
  static List<String> of(CommandLine command) {
    List<String> examples = new ArrayList<>();
    StringBuilder open = new StringBuilder();
    boolean found = false;
    for (String line : command.getCommandSpec().usageMessage().footer()) {
      found |= line.startsWith("Example");
      if (found && (!open.isEmpty() || line.startsWith("  "))) {
        open.append(line.replace("%%", "%")).append('\n');
        if (isWhole(open.toString())) {
          examples.add(open.toString().strip());
          open.setLength(0);
        }
      }
    }
    return examples.stream()
        .filter(example -> Pattern.compile("(^|[\\s(])" + CALL + "\\s").matcher(example).find())
        .toList();
  }

  private static boolean isWhole(String text) {
    String quotes = text.replaceAll("(?s)'[^']*'|\"[^\"]*\"", "");
    return !text.endsWith("\\\n") && !quotes.contains("'") && !quotes.contains("\"");
  }

  /// What follows `millrace` in it, word by word, for each call.
  static List<List<String>> calls(String example) {
    List<List<String>> calls = new ArrayList<>();
    List<String> call = null;
    boolean first = true;
    List<String> tokens =
        TOKEN
            .matcher(example.replace("\\\n", " "))
            .results()
            .map(MatchResult::group)
            .filter(token -> !token.isBlank())
            .toList();
    for (String token : tokens) {
      if (token.startsWith("#") || token.matches("[|<>();&]+")) {
        call = null;
        first = true;
      } else if (call != null) {
        call.add(QUOTED.matcher(token).replaceAll("$1$2"));
      } else if (first && token.matches(CALL)) {
        call = new ArrayList<>();
        calls.add(call);
      } else {
        first = false;
      }
    }
    return calls;
  }
}
