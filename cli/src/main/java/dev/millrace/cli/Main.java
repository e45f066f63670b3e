package dev.millrace.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/// Entry of the `millrace` command.
public final class Main {
  private static final int FAILED = 1;

  private Main() {}

  /// Runs the command and exits with its code: 0 done, 1 failed, 2 usage, 130 interrupted.
  public static void main(String[] args) {
    lookNowhere();
    // UTF-8 whatever the locale: a µ must not become a question mark in a container.
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    // A thread that dies is news for the log; what it means for the user, the command says.
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> LoggerFactory.getLogger(Main.class).error("{} died", thread.getName(), e));
    Interruption interruption = Interruption.onSignals();
    int code = FAILED;
    try {
      code = run(args, System.getenv(), out, err, interruption);
    } catch (Throwable e) {
      // An Error, such as too little memory: whatever it is, the process must not be left hanging.
      err.println("millrace: " + e);
    } finally {
      out.flush();
      err.flush();
      interruption.done(code);
    }
    // To exit looks for a logger to tell; to return does not.
    if (code != 0 || !isAlone()) {
      System.exit(code);
    }
  }

  /// What the JVM and libraries look for on the class path is looked for in each of the jars, if it
  /// is not there, which takes up to 40 ms of a start: Groovy by picocli, a provider by SLF4J.
  private static void lookNowhere() {
    System.setProperty("picocli.disable.closures", "true");
    System.setProperty(
        LoggerFactory.PROVIDER_PROPERTY_KEY, "org.slf4j.simple.SimpleServiceProvider");
    // It would say that it does as it is told.
    System.setProperty("slf4j.internal.verbosity", "WARN");
  }

  /// Whether this thread is the last one that the JVM would wait for.
  private static boolean isAlone() {
    return Thread.getAllStackTraces().keySet().stream()
        .allMatch(thread -> thread.isDaemon() || thread.equals(Thread.currentThread()));
  }

  /// Runs the command, and returns the code that the process would exit with.
  ///
  /// @param environment options by their other name, `MILLRACE_RATE` for `--rate`
  /// @param interruption what a signal does to the command
  static int run(
      String[] args,
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err,
      Interruption interruption) {
    return Millrace.execute(args, environment, out, err, interruption);
  }

  /// Runs the command as a test does: no environment, no signals.
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(args, Map.of(), out, err, Interruption.never());
  }

  /// Reads arguments and environment as the command does, and does nothing.
  ///
  /// @return the value that each of the command's options would have, by its longest name
  /// @throws IllegalArgumentException with the sentence that a user would be told
  public static Map<String, Object> options(Map<String, String> environment, String... args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    CommandLine line = Millrace.commandLine(environment, nowhere, nowhere, Interruption.never());
    try {
      EnvironmentDefaults.refuseUnknown(environment, line);
      CommandLine command = line.parseArgs(args).asCommandLineList().getLast();
      if (!command.getSubcommands().isEmpty()) {
        throw new IllegalArgumentException(String.join(" ", args) + ": which command?");
      }
      Map<String, Object> values = new HashMap<>();
      command
          .getCommandSpec()
          .options()
          .forEach(option -> values.put(option.longestName(), option.getValue()));
      return values;
    } catch (CommandLine.ParameterException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
