package dev.millrace.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The one place that turns an exception into a sentence for a person.
final class Sentences {
  private Sentences() {}

  /// Wrong usage: what is wrong, and where help is.
  static int usage(ParameterException e, PrintWriter err) {
    CommandLine command = e.getCommandLine();
    err.println("millrace: " + oneLine(usageSentence(e)));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return Millrace.USAGE;
  }

  private static String usageSentence(ParameterException e) {
    Set<String> commands = e.getCommandLine().getSubcommands().keySet();
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return e.getMessage();
    }
    String argument = unmatched.getUnmatched().getFirst();
    if (argument.startsWith("-")) {
      return "unknown option " + argument;
    }
    return commands.isEmpty()
        ? "'" + argument + "' is one argument too many"
        : "unknown command '" + argument + "'; there are " + String.join(", ", commands);
  }

  /// A failure: one sentence, and the stack trace only for those who asked.
  static int failure(Exception e, CommandLine command, PrintWriter err, boolean verbose) {
    if (e instanceof ParameterException wrong) {
      return usage(wrong, err);
    }
    err.println("millrace: " + oneLine(sentence(e)));
    if (verbose) {
      printStackTrace(e, err);
    } else if (isUnexpected(e)) {
      err.println("This is not expected; --verbose shows where it comes from.");
    }
    return e instanceof IllegalArgumentException || e instanceof ConfigException
        ? Millrace.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  private static boolean isUnexpected(Exception e) {
    return !(e instanceof ConfigException
            || e instanceof UserException
            || e instanceof IllegalArgumentException
            || e instanceof IOException)
        && !e.getClass().getPackageName().startsWith("dev.millrace");
  }

  static String sentence(Throwable e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + ": no such file";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case FileAlreadyExistsException exists ->
          exists.getFile() + ": is in the way, it is no folder";
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  /// A trace quotes the sentence, and so what others have written.
  private static void printStackTrace(Exception e, PrintWriter err) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    trace
        .toString()
        .lines()
        .map(line ->
            Arrays.stream(line.split("\t", -1))
                .map(TerminalText::visible)
                .collect(Collectors.joining("\t")))
        .forEach(err::println);
  }

  /// Sentences quote what others have sent, such as the service of a bad event; a terminal would
  /// obey it.
  private static String oneLine(String text) {
    return TerminalText.visible(text.strip().replaceAll("\\s*\\R\\s*", "; "));
  }
}
