package dev.millrace.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
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
      "Every option has another name in the environment: --rate 50k is MILLRACE_RATE=50k.",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
    })
final class Millrace implements Runnable {
  /// Wrong usage.
  static final int USAGE = 2;

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
    COMMANDS.put("bench", BenchCommand.class);
    COMMANDS.put("drill", DrillCommand.class);
  }

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
    // To read the options of all commands takes a third of a second.
    boolean one =
        args.length > 0
            && COMMANDS.containsKey(args[0])
            && !EnvironmentDefaults.hasSettings(environment);
    Map<String, Class<?>> commands = one ? Map.of(args[0], COMMANDS.get(args[0])) : COMMANDS;
    return commandLine(commands, environment, out, err, interruption).execute(args);
  }

  /// The command line with all commands.
  static CommandLine commandLine(
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err,
      Interruption interruption) {
    return commandLine(COMMANDS, environment, out, err, interruption);
  }

  private static CommandLine commandLine(
      Map<String, Class<?>> commands,
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
