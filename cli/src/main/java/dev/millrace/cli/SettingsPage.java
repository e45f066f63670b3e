package dev.millrace.cli;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The reference of all settings, `docs/configuration.md`, made of what the commands themselves say
/// of their options.
final class SettingsPage {
  /// What makes the page anew.
  static final String MADE_BY = "./millrace settings > docs/configuration.md";

  /// The same for all commands.
  private static final Set<String> EVERYWHERE = Set.of("--help", "--verbose", "--version");

  /// Descriptions end with it.
  private static final Pattern DEFAULT = Pattern.compile("(?s)(.*?)\\s*Default: (.*)");

  private static final Map<Class<?>, String> UNITS =
      Map.of(
          Units.DurationConverter.class,
          "duration",
          Units.RateConverter.class,
          "rate",
          Units.SizeConverter.class,
          "size",
          Units.ShareConverter.class,
          "share",
          LoadOptions.RateOrMaxConverter.class,
          "rate, or `max`",
          BenchProcessorCommand.EventsConverter.class,
          "count");

  private static final String HEAD =
      """
      # Settings

      <!-- Made from the code by `%s`: change it there. -->

      Every option of every command, as `./millrace COMMAND --help` has them, with its other name in the environment:
      what is `--max-body 1MiB` on the command line is `MILLRACE_MAX_BODY=1MiB` there. `./millrace settings` prints this page.

      ## Which value holds

      1. the option on the command line,
      2. the variable in the environment,
      3. the default.

      A variable is for every command that has such an option: `MILLRACE_BOOTSTRAP_SERVER` for all that talk to Kafka,
      but `MILLRACE_PORT` for `ingest` as well as for `sink`. A variable that begins with `MILLRACE_` and is no command's is
      refused (exit code 2), so that a typing error is noticed. A flag is set by `true` and not set by `false`.

      Kafka's own settings, for the clients of all commands:

      1. `--kafka NAME=VALUE`, which may be given again; in the environment it can have one, `MILLRACE_KAFKA=acks=all`, which
         counts if there is no `--kafka` on the command line,
      2. the properties in the file of `--kafka-config`,
      3. what Millrace sets where Kafka's defaults do not suit it,
      4. Kafka's defaults.

      Kafka's address is no such setting: it is `--bootstrap-server`. Options of the load (`--rate`, `--duration` and the
      like) win over the file of `--scenario`.

      ## Secrets

      What is on a command line or in the environment can be read by others on the machine, or ends up in a log. So secrets are in
      files, which need to be readable by Millrace only:

      | option | file |
      |---|---|
      | `--kafka-config` | properties of Kafka's clients: `sasl.jaas.config`, `ssl.keystore.password`, … |
      | `--jdbc-config` | properties of PostgreSQL's driver: `user`, `password`, … A password in `--jdbc-url` is refused |
      | `--tls-key` | the edge's private key; read again when it changes |
      | `--api-keys` | who may send to the edge: hashes of keys, not the keys; read again when it changes |
      | `--http-key-file` | the key with which the load generator sends to an edge |

      ## How values are written

      | value | how |
      |---|---|
      | duration | a number and its unit, `us`, `ms`, `s`, `m`, `h` or `d`: `500ms`, `1.5s`, `7d` |
      | size | bytes: `512`, `64KiB`, `4MiB`, `1GiB` |
      | rate | events a second: `500`, `20k`, `1.5m`, `50k/s` |
      | count | a number of events or rows: `500`, `500k`, `24M` |
      | share | a percentage or a part of one: `5%%`, `0.05` |
      | flag | nothing, the option alone; `true` or `false` in the environment |

      A value outside of its range is refused with the range.

      ## The launcher's

      | variable | meaning |
      |---|---|
      | `MILLRACE_JAVA_OPTS` | Options for the JVM, split at spaces. They come after the launcher's own and win over them: `-Xmx1g`. With one that begins with `-XX:AOT`, `-XX:Shared` or `-Xshare`, the launcher's AOT cache is not used. |
      | `JAVA_HOME` | The JDK to run on, if it is 25 or newer; otherwise the one on `PATH`, or in the usual folders. |

      ## With every command

      """
          .formatted(MADE_BY);

  private SettingsPage() {}

  /// The page.
  static String text() {
    CommandLine root = Millrace.model();
    StringBuilder page = new StringBuilder(HEAD);
    table(page, root.getCommandSpec(), true);
    commands(root, page);
    return page.toString();
  }

  private static void commands(CommandLine command, StringBuilder page) {
    for (CommandLine each : command.getSubcommands().values()) {
      CommandSpec spec = each.getCommandSpec();
      if (spec.usageMessage().hidden()) {
        continue;
      }
      page.append("\n## `").append(spec.qualifiedName()).append("`\n\n");
      page.append(firstSentence(spec)).append("\n");
      if (settings(spec, false).findAny().isPresent()) {
        page.append("\n");
        table(page, spec, false);
      }
      commands(each, page);
    }
  }

  /// It may go over several lines, and what it announces is left out.
  private static String firstSentence(CommandSpec spec) {
    StringBuilder sentence = new StringBuilder();
    for (String line : spec.usageMessage().description()) {
      sentence.append(sentence.isEmpty() ? "" : " ").append(plain(line));
      if (line.endsWith(".") || line.endsWith(":")) {
        break;
      }
    }
    return sentence.toString().replaceFirst(":$", ".");
  }

  private static void table(StringBuilder page, CommandSpec spec, boolean everywhere) {
    page.append("| option | environment | value | default | meaning |\n|---|---|---|---|---|\n");
    settings(spec, everywhere).forEach(arg -> row(page, arg));
  }

  private static Stream<ArgSpec> settings(CommandSpec spec, boolean everywhere) {
    Stream<ArgSpec> arguments =
        spec.positionalParameters().stream().map(argument -> (ArgSpec) argument);
    Stream<OptionSpec> options =
        spec.options().stream()
            .filter(option -> EVERYWHERE.contains(option.longestName()) == everywhere)
            .sorted(Comparator.comparing(OptionSpec::longestName));
    return Stream.concat(arguments, options).filter(arg -> !arg.hidden());
  }

  private static void row(StringBuilder page, ArgSpec arg) {
    String meaning = plain(String.join(" ", arg.description()));
    String byDefault = arg.defaultValue() == null ? "" : code(arg.defaultValue());
    Matcher withDefault = DEFAULT.matcher(meaning);
    if (withDefault.matches()) {
      meaning = withDefault.group(1);
      // A value, mostly, and sometimes a sentence.
      String told = withDefault.group(2);
      byDefault = told.equals(arg.defaultValue()) || told.matches("\\d\\S*") ? code(told) : told;
    }
    page.append(
        Stream.of(names(arg), variable(arg), value(arg), byDefault, meaning)
            .map(cell -> cell.replace("|", "\\|"))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  private static String names(ArgSpec arg) {
    return arg instanceof OptionSpec option
        ? Stream.of(option.names()).map(SettingsPage::code).collect(Collectors.joining(", "))
        : code(arg.paramLabel());
  }

  private static String variable(ArgSpec arg) {
    return arg instanceof OptionSpec option && !option.usageHelp() && !option.versionHelp()
        ? code(EnvironmentDefaults.variable(option.longestName()))
        : "";
  }

  private static String value(ArgSpec arg) {
    String one = single(arg);
    if (arg.splitRegex().equals(",")) {
      return one + "; several with commas between";
    }
    return one;
  }

  private static String single(ArgSpec arg) {
    if (arg instanceof OptionSpec option && option.arity().max() == 0) {
      return option.negatable()
          ? "flag, or `--no-" + option.longestName().substring(2) + "`"
          : "flag";
    }
    List<String> values = KnownValues.of(arg);
    if (!values.isEmpty()) {
      return values.stream().map(SettingsPage::code).collect(Collectors.joining(", "));
    }
    for (ITypeConverter<?> converter : arg.converters()) {
      if (UNITS.containsKey(converter.getClass())) {
        return UNITS.get(converter.getClass());
      }
    }
    Class<?> type = arg.typeInfo().isMultiValue() ? arg.auxiliaryTypes()[0] : arg.type();
    if (type == Path.class) {
      return arg.paramLabel().matches("FOLDER|DIR|RUN") ? "folder" : "file";
    }
    if (Set.of(int.class, Integer.class, long.class, Long.class, Short.class).contains(type)) {
      return "whole number";
    }
    if (Set.of(double.class, Double.class, BigDecimal.class).contains(type)) {
      return "number";
    }
    return code(arg.paramLabel());
  }

  /// Without markup and doubled percent signs.
  private static String plain(String text) {
    return Ansi.OFF.string(text).replace("%%", "%").strip();
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
