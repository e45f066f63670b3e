package dev.millrace.loadgen;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// What is around the content of a page: head, style, scripts, and the policy that lets no others
/// in.
final class PageFrame {
  /// Where the jar of uPlot has its files.
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/";

  private PageFrame() {}

  /// @param mark why the figures may not be used; empty if they may
  /// @param title text, not yet escaped
  /// @param body HTML
  /// @param data JSON that can stand in a script element
  static String html(String mark, String title, String body, String data) {
    String style = resource(UPLOT + "dist/uPlot.min.css") + resource("report.css");
    String uplot =
        "/*\n"
            + resource(UPLOT + "LICENSE")
            + "\n*/\n"
            + resource(UPLOT + "dist/uPlot.iife.min.js");
    String script = resource("report.js");
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
    style-src %s; script-src %s %s; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,">
    <title>%s</title>
    <style>%s</style>
    </head>
    %s
    <main>
    <noscript><p>The charts need JavaScript. All their numbers are in the tables.</p></noscript>
    %s</main>
    <footer>Made by millrace report from the files of the run. Nothing is loaded to show this page. \
    Charts: uPlot, MIT licence.</footer>
    <script type="application/json" id="data">%s</script>
    <script>%s</script>
    <script>%s</script>
    </body>
    </html>
    """
        .formatted(
            hash(style),
            hash(uplot),
            hash(script),
            Html.escape(title),
            style,
            mark.isEmpty()
                ? "<body>"
                : "<body class=\"unusable\">\n<p class=\"ribbon\">" + Html.escape(mark) + "</p>",
            body,
            data,
            uplot,
            script);
  }

  private static String hash(String content) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = PageFrame.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
