package dev.millrace.sink;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/// The files of the page: ours, and those of uPlot out of its jar. They are named here one by one,
/// so that no path of a request ever becomes the path of a file.
final class PageAssets {
  /// Where the jar of uPlot has its files.
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  /// By path: where the file is on the class path.
  private static final Map<String, String> FILES =
      Map.ofEntries(
          Map.entry("/", "page/index.html"),
          Map.entry("/page.css", "page/page.css"),
          Map.entry("/main.js", "page/main.js"),
          Map.entry("/view.js", "page/view.js"),
          Map.entry("/feed.js", "page/feed.js"),
          Map.entry("/course.js", "page/course.js"),
          Map.entry("/charts.js", "page/charts.js"),
          Map.entry("/heatmap.js", "page/heatmap.js"),
          Map.entry("/series.js", "page/series.js"),
          Map.entry("/table.js", "page/table.js"),
          Map.entry("/panels.js", "page/panels.js"),
          Map.entry("/format.js", "page/format.js"),
          Map.entry("/uplot/uPlot.css", UPLOT + "uPlot.min.css"),
          Map.entry("/uplot/uPlot.js", UPLOT + "uPlot.esm.js"));

  private PageAssets() {}

  /// The paths that there are.
  static Iterable<String> paths() {
    return FILES.keySet();
  }

  static void serve(HttpExchange exchange) throws IOException {
    byte[] content = read(FILES.get(exchange.getRequestURI().getPath()));
    String tag = '"' + hash(content) + '"';
    // Asked for each time, and sent only if it has changed.
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    exchange.getResponseHeaders().set("ETag", tag);
    if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      exchange.sendResponseHeaders(304, -1);
    } else {
      PageAnswer.send(exchange, 200, type(exchange.getRequestURI().getPath()), content);
    }
  }

  private static String type(String path) {
    return path.endsWith(".js") ? SCRIPT : path.endsWith(".css") ? CSS : HTML;
  }

  private static byte[] read(String name) {
    try (InputStream in = PageAssets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
