package dev.millrace.cli;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// One rule for the names of settings: what is `--max-rate` on the command line is
/// `MILLRACE_MAX_RATE` in the environment. The command line wins.
final class EnvironmentDefaults implements IDefaultValueProvider {
  private static final String PREFIX = "MILLRACE_";

  /// Read by the launcher script.
  private static final Set<String> OF_LAUNCHER = Set.of("MILLRACE_JAVA_OPTS");

  private final Map<String, String> environment;

  EnvironmentDefaults(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public String defaultValue(ArgSpec arg) {
    return arg instanceof OptionSpec option ? environment.get(variable(option)) : null;
  }

  private static String variable(OptionSpec option) {
    return variable(option.longestName());
  }

  /// The variable that stands for an option, such as `--rate`.
  static String variable(String option) {
    return PREFIX + option.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /// Whether there is any setting of a command, or what looks like one.
  static boolean hasSettings(Map<String, String> environment) {
    return environment.keySet().stream()
        .anyMatch(name -> name.startsWith(PREFIX) && !OF_LAUNCHER.contains(name));
  }

  /// A setting with a typing error must not be passed over in silence.
  ///
  /// @throws CommandLine.ParameterException naming the variable
  static void refuseUnknown(Map<String, String> environment, CommandLine root) {
    Set<String> known = new HashSet<>(OF_LAUNCHER);
    addVariables(root, known);
    environment.keySet().stream()
        .filter(name -> name.startsWith(PREFIX) && !known.contains(name))
        .sorted()
        .findFirst()
        .ifPresent(name -> {
          throw new CommandLine.ParameterException(
              root, "environment variable " + name + ": no command has such an option");
        });
  }

  private static void addVariables(CommandLine command, Set<String> names) {
    command.getCommandSpec().options().forEach(option -> names.add(variable(option)));
    command.getSubcommands().values().forEach(sub -> addVariables(sub, names));
  }
}
