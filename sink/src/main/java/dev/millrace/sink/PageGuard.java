package dev.millrace.sink;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.millrace.telemetry.OwnNames;
import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is true of every answer: nobody can change anything, the page runs no script but ours and
/// loads nothing from elsewhere, and other sites cannot read it.
final class PageGuard extends Filter {
  private static final Logger LOG = LoggerFactory.getLogger(PageGuard.class);

  /// No inline script and no inline style.
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Set<String> METHODS = Set.of("GET", "HEAD");

  private final OwnNames names;

  /// @param host as configured: a name in it is one that the page may be called by
  PageGuard(String host) {
    names = new OwnNames(host);
  }

  @Override
  public String description() {
    return "guards the page";
  }

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    Headers answer = exchange.getResponseHeaders();
    answer.set("Content-Security-Policy", POLICY);
    answer.set("X-Content-Type-Options", "nosniff");
    answer.set("Referrer-Policy", "no-referrer");
    answer.set("Cross-Origin-Resource-Policy", "same-origin");
    answer.set("Cache-Control", "no-store");
    try {
      answer(exchange, chain);
    } catch (IllegalArgumentException e) {
      PageAnswer.error(exchange, 400, e.getMessage());
    } catch (SinkException e) {
      PageAnswer.error(exchange, 503, e.getMessage());
    } catch (RuntimeException e) {
      LOG.warn("could not answer {}", exchange.getRequestURI(), e);
      PageAnswer.error(exchange, 500, "this failed, and the log says why");
    } finally {
      exchange.close();
    }
  }

  private void answer(HttpExchange exchange, Chain chain) throws IOException {
    if (!METHODS.contains(exchange.getRequestMethod())) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      PageAnswer.error(exchange, 405, "this page can only be read");
    } else if (!names.include(exchange.getRequestHeaders().getFirst("Host"))) {
      PageAnswer.error(
          exchange,
          421,
          "this page goes by localhost, by an IP address, or by the name given as --host");
    } else if (isForeign(exchange)) {
      PageAnswer.error(exchange, 403, "another site may not use this page");
    } else {
      chain.doFilter(exchange);
    }
  }

  /// A link from elsewhere may lead to the page, but no other site may call its API: it could not
  /// read the answer, but it could use up the streams; a frame navigates as well.
  private static boolean isForeign(HttpExchange exchange) {
    return "cross-site".equals(exchange.getRequestHeaders().getFirst("Sec-Fetch-Site"))
        && (!"navigate".equals(exchange.getRequestHeaders().getFirst("Sec-Fetch-Mode"))
            || exchange.getRequestURI().getPath().startsWith("/api/"));
  }
}
