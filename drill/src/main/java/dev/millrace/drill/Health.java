package dev.millrace.drill;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/// Asks parts how they are.
final class Health implements AutoCloseable {
  private static final Duration ASK = Duration.ofSeconds(5);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ASK).build();

  /// Why a part does not do its work now, by its own words; empty if it does.
  ///
  /// @param url where it has told that its metrics are
  Optional<String> trouble(String url) throws InterruptedException {
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create(url).resolve("/health/ready")).timeout(ASK).build();
    try {
      HttpResponse<String> answer = http.send(ready, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Optional.empty() : Optional.of(answer.body());
    } catch (IOException e) {
      // It stands still, or has ended.
      return Optional.of("no answer");
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
