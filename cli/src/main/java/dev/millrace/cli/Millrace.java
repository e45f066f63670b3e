package dev.millrace.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The command line as a whole.
@Command(
    name = "millrace",
    description = {
      "Request events in, rates, errors and latencies out: a Kafka Streams pipeline.",
      "",
      "Try @|bold millrace demo|@ first: it needs nothing but this machine.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  millrace demo --rate 50k --duration 1m",
      "  millrace loadgen --help",
      "",
      "Every option has another name in the environment: --rate 50k is MILLRACE_RATE=50k.",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
    })
final class Millrace implements Runnable {
  /// Wrong usage.
  static final int USAGE = 2;

  /// What needs no command.
  private static final Set<String> WITHOUT_COMMAND = Set.of("-h", "--help", "-V", "--version");

  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("demo", DemoCommand.class);
    COMMANDS.put("broker", BrokerCommand.class);
    COMMANDS.put("topics", TopicsCommand.class);
    COMMANDS.put("loadgen", LoadgenCommand.class);
    COMMANDS.put("replay", ReplayCommand.class);
    COMMANDS.put("ingest", IngestCommand.class);
    COMMANDS.put("processor", ProcessorCommand.class);
    COMMANDS.put("sink", SinkCommand.class);
    COMMANDS.put("tail", TailCommand.class);
    COMMANDS.put("query", QueryCommand.class);
    COMMANDS.put("percentiles", PercentilesCommand.class);
    COMMANDS.put("verify", VerifyCommand.class);
    COMMANDS.put("report", ReportCommand.class);
    COMMANDS.put("dlq", DlqCommand.class);
    COMMANDS.put("doctor", DoctorCommand.class);
    COMMANDS.put("bench", BenchCommand.class);
    COMMANDS.put("drill", DrillCommand.class);
    COMMANDS.put("settings", SettingsCommand.class);
    COMMANDS.put("completion", CompletionCommand.class);
  }

  /// What starts a broker in its own JVM. The image for production has none.
  private static final Set<String> WITH_BROKER = Set.of("demo", "broker", "bench", "drill");

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show stack traces and the log of Kafka's clients.")
  private boolean verbose;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean version;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  boolean isVerbose() {
    return verbose;
  }

  /// Runs the command that the arguments name.
  ///
  /// @return exit code
  static int execute(
      String[] args,
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err,
      Interruption interruption) {
    if (args.length > 0 && WITH_BROKER.contains(args[0]) && !hasBroker()) {
      err.println(
          "millrace: '"
              + args[0]
              + "' starts a Kafka broker of its own, which the image for production does not have;"
              + " use the archive of a release or a checkout.");
      return USAGE;
    }
    return commandLine(commands(args, environment), environment, out, err, interruption)
        .execute(args);
  }

  /// Those that matter: to read the options of all takes a third of a second.
  private static Map<String, ?> commands(String[] args, Map<String, String> environment) {
    if (args.length > 0 && !EnvironmentDefaults.hasSettings(environment)) {
      if (COMMANDS.containsKey(args[0])) {
        return Map.of(args[0], COMMANDS.get(args[0]));
      }
      if (args.length == 1 && WITHOUT_COMMAND.contains(args[0])) {
        return listed();
      }
    }
    return available();
  }

  /// The command line with all commands.
  static CommandLine commandLine(
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err,
      Interruption interruption) {
    return commandLine(available(), environment, out, err, interruption);
  }

  private static Map<String, Class<?>> available() {
    Map<String, Class<?>> commands = new LinkedHashMap<>(COMMANDS);
    if (!hasBroker()) {
      commands.keySet().removeAll(WITH_BROKER);
    }
    return commands;
  }

  /// Asked of the class, which is in the AOT cache: a resource is looked for in one jar after the
  /// other.
  private static boolean hasBroker() {
    try {
      Class.forName("dev.millrace.broker.EmbeddedBroker", false, Millrace.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /// The commands as their list shows them, without their options.
  private static Map<String, CommandSpec> listed() {
    Map<String, CommandSpec> listed = new LinkedHashMap<>();
    available()
        .forEach((name, type) -> {
          CommandSpec spec = CommandSpec.create();
          spec.usageMessage().description(type.getAnnotation(Command.class).description());
          listed.put(name, spec);
        });
    return listed;
  }

  /// All commands, to be looked at and not to be run: without what the environment says.
  static CommandLine model() {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    return commandLine(Map.of(), nowhere, nowhere, Interruption.never());
  }

  private static CommandLine commandLine(
      Map<String, ?> commands,
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err,
      Interruption interruption) {
    Millrace root = new Millrace();
    CommandLine line = new CommandLine(root, factory(interruption));
    commands.forEach(line::addSubcommand);
    line.getCommandSpec().version("millrace " + Version.current());
    line.setOut(out).setErr(err);
    line.setUsageHelpAutoWidth(true).setAbbreviatedOptionsAllowed(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setDefaultValueProvider(new EnvironmentDefaults(environment));
    line.setExecutionStrategy(parsed -> {
      EnvironmentDefaults.refuseUnknown(environment, line);
      Logging.configure(root.isVerbose());
      return new CommandLine.RunLast().execute(parsed);
    });
    line.setParameterExceptionHandler((e, args) -> Sentences.usage(e, err));
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> Sentences.failure(e, command, err, root.isVerbose()));
    return line;
  }

  /// Gives commands the interruption that they ask for in their constructor.
  private static IFactory factory(Interruption interruption) {
    IFactory usual = CommandLine.defaultFactory();
    return new IFactory() {
      @Override
      public <K> K create(Class<K> type) throws Exception {
        try {
          return type.getDeclaredConstructor(Interruption.class).newInstance(interruption);
        } catch (NoSuchMethodException e) {
          return usual.create(type);
        }
      }
    };
  }
}
