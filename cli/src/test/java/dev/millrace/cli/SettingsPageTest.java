package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SettingsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  @Test
  void pageIsWhatTheCodeSays() throws IOException {
    assertEquals(
        SettingsPage.text(),
        Files.exists(PAGE) ? Files.readString(PAGE) : "",
        "docs/configuration.md is stale; make it anew with: " + SettingsPage.MADE_BY);
  }

  @Test
  void rowsHaveOptionVariableValueDefaultAndMeaning() {
    String page = SettingsPage.text();
    assertTrue(
        page.contains(
            "| `--max-body` | `MILLRACE_MAX_BODY` | size | `4MiB` | The largest body, unpacked too. |\n"),
        page);
    assertTrue(
        page.contains(
            "| `--windows` | `MILLRACE_WINDOWS` | `1s`, `10s`, `1m`; several with commas"),
        page);
    assertTrue(page.contains("| `--sort` | `MILLRACE_SORT` | `rate`, `errors`, `p99` | `rate` |"));
    assertTrue(page.contains("| `--no-page` | `MILLRACE_NO_PAGE` | flag |  | Serve no page. |"));
    assertTrue(page.contains("## `millrace topics create`\n"));
    assertFalse(page.contains("--worker`"), "hidden options are not for users");
  }

  /// The machine that makes the page must not show in it.
  @Test
  void pageHasNothingOfThisMachine() {
    assertFalse(SettingsPage.text().contains(System.getProperty("java.io.tmpdir")));
    StringWriter out = new StringWriter();
    Main.run(
        new String[] {"settings"},
        Map.of("MILLRACE_MAX_BODY", "7MiB"),
        new PrintWriter(out),
        new PrintWriter(Writer.nullWriter()),
        Interruption.never());
    assertEquals(SettingsPage.text(), out.toString());
  }

  /// What the page says of Kafka's settings in the environment.
  @Test
  void optionsOnTheCommandLineReplaceTheVariableAsAWhole() {
    Map<String, String> environment = Map.of("MILLRACE_KAFKA", "acks=all,b=c");
    assertEquals(Map.of("acks", "all,b=c"), kafka(environment));
    assertEquals(Map.of("linger.ms", "5"), kafka(environment, "--kafka", "linger.ms=5"));
  }

  private static Map<String, String> kafka(Map<String, String> environment, String... options) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    CommandLine line = Millrace.commandLine(environment, nowhere, nowhere, Interruption.never());
    String[] arguments = new String[options.length + 1];
    arguments[0] = "processor";
    System.arraycopy(options, 0, arguments, 1, options.length);
    return line.parseArgs(arguments).subcommand().commandSpec().findOption("--kafka").getValue();
  }
}
