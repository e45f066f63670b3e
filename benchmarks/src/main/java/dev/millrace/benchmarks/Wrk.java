package dev.millrace.benchmarks;

import dev.millrace.loadgen.EventGenerator;
import dev.millrace.loadgen.Scenario;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// wrk, the HTTP load generator in C that others measure with too: it takes little of the processor
/// that the server is to have. It sends as fast as it is answered.
final class Wrk {
  private static final int EVENTS = 20_000;

  private static final Pattern PERCENTILE =
      Pattern.compile("(?m)^\\s+(\\d+)%\\s+([\\d.]+)(us|ms|s|m) *$");
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ([\\d.]+)(s|m)");
  private static final Pattern FAILURES = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
  private static final Pattern SOCKET_ERRORS = Pattern.compile("Socket errors: (.*)");

  /// Distinct events that look like real ones, `per` of them in each request.
  private static final String SCRIPT =
      """
      local per, file = @PER@, "@FILE@"
      local requests, lines, next = {}, {}, 0
      function init(args)
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/x-ndjson"
        for line in io.lines(file) do
          lines[#lines + 1] = line
          if #lines == per then
            requests[#requests + 1] =
              wrk.format(nil, "/v1/events", nil, table.concat(lines, "\\n") .. "\\n")
            lines = {}
          end
        end
      end
      function request()
        next = next % #requests + 1
        return requests[next]
      end
      """;

  private final Path folder;
  private final Path events;

  /// What it saw.
  ///
  /// @param requests answered with success
  /// @param failures answered otherwise
  /// @param socketErrors as wrk tells them; empty if there are none
  /// @param p50Us median from request to answer, microseconds
  /// @param p99Us 99th percentile of the same
  record Result(
      long requests,
      long failures,
      String socketErrors,
      double seconds,
      double p50Us,
      double p99Us) {}

  /// @throws BenchException if there is no wrk
  Wrk(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    if (!isInstalled()) {
      throw new BenchException(
          "this needs wrk to send requests, which is not installed; 'apt install wrk' or"
              + " 'brew install wrk' does it");
    }
    events = folder.resolve("events.ndjson");
    EventGenerator generator =
        new EventGenerator(Scenario.steady(), System.currentTimeMillis() - 60_000);
    try (BufferedWriter out = Files.newBufferedWriter(events)) {
      for (int i = 0; i < EVENTS; i++) {
        out.write(new String(generator.next(i, i), StandardCharsets.UTF_8));
        out.write('\n');
      }
    }
  }

  /// Whether there is one on this machine.
  static boolean isInstalled() throws InterruptedException {
    try {
      // It says its version, and exits with 1.
      new ProcessBuilder("wrk", "-v").redirectErrorStream(true).start().waitFor();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// Sends for a while.
  ///
  /// @param per events in a request
  Result run(int port, int connections, int per, Duration duration)
      throws IOException, InterruptedException {
    Path script = folder.resolve("wrk-" + per + ".lua");
    Files.writeString(
        script,
        SCRIPT.replace("@PER@", Integer.toString(per)).replace("@FILE@", events.toString()));
    Process process =
        new ProcessBuilder(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + duration.toSeconds() + "s",
                "--timeout=30s",
                "--latency",
                "-s",
                script.toString(),
                "http://127.0.0.1:" + port)
            .redirectErrorStream(true)
            .start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new BenchException("wrk failed:\n" + said);
      }
      return parse(said);
    } finally {
      process.destroyForcibly();
    }
  }

  static Result parse(String said) {
    Matcher requests = REQUESTS.matcher(said);
    Matcher failures = FAILURES.matcher(said);
    Matcher errors = SOCKET_ERRORS.matcher(said);
    if (!requests.find()) {
      throw new BenchException("wrk says no total:\n" + said);
    }
    long failed = failures.find() ? Long.parseLong(failures.group(1)) : 0;
    double p50 = 0;
    double p99 = 0;
    Matcher percentile = PERCENTILE.matcher(said);
    while (percentile.find()) {
      double us = us(percentile.group(2), percentile.group(3));
      switch (percentile.group(1)) {
        case "50" -> p50 = us;
        case "99" -> p99 = us;
        default -> {
          // Nobody asks.
        }
      }
    }
    return new Result(
        Long.parseLong(requests.group(1)) - failed,
        failed,
        errors.find() ? errors.group(1) : "",
        us(requests.group(2), requests.group(3)) / 1e6,
        p50,
        p99);
  }

  private static double us(String number, String unit) {
    double factor =
        switch (unit) {
          case "us" -> 1;
          case "ms" -> 1e3;
          case "s" -> 1e6;
          default -> 60e6;
        };
    return Double.parseDouble(number) * factor;
  }
}
