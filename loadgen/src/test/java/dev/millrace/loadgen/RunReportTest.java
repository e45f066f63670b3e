package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  private static final String HOSTILE = "</script><img src=x onerror=alert(1)>\u001b[2J\"'&";

  @TempDir private Path folder;

  private String page(RunReport report) throws IOException {
    Path file = folder.resolve("page.html");
    report.writePage(file);
    return Files.readString(file);
  }

  private RunReport invalid(String cause) throws IOException {
    RunOnDisk.write(folder, 10);
    Files.write(
        folder.resolve(RunSummary.FILE),
        RunSummary.JSON.encode(RunOnDisk.invalid(RunOnDisk.summary(10), cause)));
    return RunReport.read(folder);
  }

  private static void assertHas(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> "no '" + part + "' in " + text);
    }
  }

  @Test
  void textHasTheFigures() throws IOException {
    String text = String.join("\n", RunReport.read(RunOnDisk.write(folder, 10)).lines());
    assertHas(
        text,
        "kafka, 1,000/s, 10 s of which 2 s warm-up",
        "command   millrace loadgen --rate 1k",
        "Valid: The generator was not the bottleneck",
        "10,000 sent = 9,970 acknowledged + 10 rejected + 15 failed + 5 unknown.",
        "ack       8,000  5.01 ms  5.00 ms  9.00 ms  9.50 ms  9.90 ms  9.99 ms  10.00 ms  10.00 ms",
        "e2e       8,000   1.00 s   1.00 s   1.80 s   1.90 s   1.98 s   2.00 s    2.00 s    2.00 s",
        "lateness");
    assertFalse(text.contains("INVALID"), text);
  }

  @Test
  void pageHasTheFiguresAndTheCurves() throws IOException {
    String page = page(RunReport.read(RunOnDisk.write(folder, 10)));
    assertHas(
        page,
        "</head>\n<body>\n<main>\n",
        "<td>9.90 ms</td>",
        "<td>9,970</td>",
        "10,000 sent = 9,970 acknowledged",
        "<dt>ack, 99 %</dt><dd>9.90 ms</dd>",
        "Throughput over time. due: 1,000/s to 1,000/s",
        "<details><summary>Percentiles as a table</summary>",
        "<th scope=\"row\">99.00 %</th><td>9.90 ms</td><td>1.98 s</td><td>990 µs</td>",
        "<th scope=\"row\">1 (warm-up)</th><td>500.22 ms</td><td>990.21 ms</td>",
        "Permission is hereby granted, free of charge");
    Matcher p99 =
        Pattern.compile("\"label\":\"p99\",\"color\":1,\"dashed\":false,\"values\":\\[([^]]*)]")
            .matcher(page);
    assertTrue(p99.find());
    String[] values = p99.group(1).split(",", -1);
    assertEquals(RunOnDisk.SECONDS, values.length);
    assertEquals(990_000, Double.parseDouble(values[0]), 990, "warm-up is in the curve");
    assertEquals(9_900, Double.parseDouble(values[9]), 10);
  }

  @Test
  void pageLoadsNothing() throws IOException {
    String page = page(RunReport.read(RunOnDisk.write(folder, 10)));
    assertHas(page, "default-src 'none'");
    assertFalse(Pattern.compile("(src|href)=\"(?!data:,\")").matcher(page).find());
    assertFalse(page.contains("@import") || page.contains("url("), "the style loads something");
  }

  @Test
  void anInvalidRunSaysSoEverywhere() throws IOException {
    RunReport report = invalid("late by 12 % of the time");
    List<String> lines = report.lines();
    assertHas(String.join("\n", lines), "  - late by 12 % of the time");
    assertTrue(lines.getLast().startsWith("INVALID: "), lines.getLast());
    assertHas(
        page(report),
        "<title>INVALID Load run",
        "</head>\n<body class=\"unusable\">\n<p class=\"ribbon\">INVALID</p>\n<main>\n",
        "<strong>INVALID</strong>",
        "<li>late by 12 % of the time</li>",
        "{\"mark\":\"INVALID\"");
    assertHas(
        report.json(List.of()), "\"valid\":false", "\"causes\":[\"late by 12 % of the time\"]");
  }

  @Test
  void anEquationThatDoesNotHoldIsNotWrittenAsOne() throws IOException {
    RunOnDisk.write(folder, 10);
    Path json = folder.resolve(RunSummary.FILE);
    Files.writeString(json, Files.readString(json).replace("\"unknown\":5", "\"unknown\":4"));
    assertHas(
        String.join("\n", RunReport.read(folder).lines()),
        "10,000 sent ≠ 9,970 acknowledged + 10 rejected + 15 failed + 4 unknown: THE LEDGER DOES"
            + " NOT BALANCE, it is off by 1.");
  }

  @Test
  void aKilledRunSaysSo() throws IOException {
    RunOnDisk.write(folder, 10);
    Files.delete(folder.resolve(RunSummary.FILE));
    RunReport report = RunReport.read(folder);
    assertHas(
        String.join("\n", report.lines()),
        "a run that was killed, 10 s of it on record",
        "INCOMPLETE: ",
        "- run.json is missing");
    assertHas(page(report), "<title>INCOMPLETE Load run");
    assertHas(report.json(List.of()), "\"complete\":false,\"valid\":null");
  }

  @Test
  void whatComesFromTheRunCannotBreakOut() throws IOException {
    RunReport report = invalid(HOSTILE);
    String page = page(report);
    assertFalse(page.contains("<img"), "not escaped");
    assertHas(page, "<li>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
    assertEquals(3, page.split("</script>", -1).length - 1);
    assertFalse(String.join("\n", report.lines()).contains("\u001b"), "moves the cursor");
  }

  @Test
  void jsonHasFiguresByTheNamesOfConditions() throws IOException {
    RunReport report = RunReport.read(RunOnDisk.write(folder, 10));
    assertHas(
        report.json(List.of(RunCondition.parse("ack.p99 > 9ms"))),
        "\"complete\":true,\"valid\":true",
        "\"balanced\":true",
        "\"ack.p99\":9900.0",
        "\"e2e.p50\":1000000.0",
        "\"totals.failed\":15.0",
        "\"share.failed\":0.0015",
        "{\"condition\":\"ack.p99 > 9ms\",\"answer\":\"met\",\"finding\":\"ack.p99 is 9.90 ms\"}");
  }
}
