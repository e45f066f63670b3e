package dev.millrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;

/// Asks a service how it is, and compares its clock with this machine's by the date in its answer.
///
/// @param url where it listens
/// @param clock this machine's
record ServiceCheck(URI url, Clock clock) implements DoctorCheck {
  private static final int TIMEOUT_MS = 3_000;
  private static final int SHOWN_BYTES = 200;
  private static final int MOST_PORT = 65_535;

  /// A date of HTTP has whole seconds.
  private static final int UNCERTAIN_MS = 1_000;

  @Override
  public String name() {
    return "service";
  }

  /// @throws IllegalArgumentException if it is no address of HTTP
  ServiceCheck {
    if (!("http".equals(url.getScheme()) || "https".equals(url.getScheme())) || !hasAddress(url)) {
      throw new IllegalArgumentException(
          "--url " + url + ": must be http://HOST:PORT, or https, of a service");
    }
  }

  /// Not by the host of the URI: that has none if a name is no host name of the Internet, such as
  /// `edge_1` in a network of containers.
  private static boolean hasAddress(URI url) {
    try {
      URL address = url.toURL();
      return !address.getHost().isEmpty() && address.getPort() <= MOST_PORT;
    } catch (MalformedURLException _) {
      return false;
    }
  }

  @Override
  public void run(Findings findings) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) url.resolve("/health/ready").toURL().openConnection();
      connection.setConnectTimeout(TIMEOUT_MS);
      connection.setReadTimeout(TIMEOUT_MS);
      connection.setInstanceFollowRedirects(false);
      long before = clock.millis();
      int status = connection.getResponseCode();
      long after = clock.millis();
      if (status == HttpURLConnection.HTTP_OK) {
        findings.ok(url + " is ready");
      } else {
        findings.problem(
            url + " answers /health/ready with " + status + ": " + body(connection),
            "what it says is what it waits for");
      }
      long date = connection.getHeaderFieldDate("Date", 0);
      if (date == 0) {
        findings.unknown(url + " does not tell its time", "compare the clocks by hand");
      } else {
        // The date is that of the beginning of its second.
        long theirs = date + UNCERTAIN_MS / 2;
        ClockCheck.judge(
            findings,
            url.toString(),
            theirs - (before + after) / 2,
            UNCERTAIN_MS / 2 + (after - before + 1) / 2);
      }
      connection.disconnect();
    } catch (IOException e) {
      findings.problem(
          url
              + " cannot be asked: "
              + (e instanceof UnknownHostException ? "unknown host " : "")
              + Sentences.sentence(e),
          "start it, or give its address");
    }
  }

  private static String body(HttpURLConnection connection) throws IOException {
    try (InputStream body = connection.getErrorStream()) {
      return body == null
          ? "(nothing)"
          : TerminalText.visible(
              new String(body.readNBytes(SHOWN_BYTES), StandardCharsets.UTF_8).strip());
    }
  }
}
