package dev.millrace.loadgen;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// Requests to an edge as they go over the wire, head and body in one, so that a small one is one
/// packet.
final class EdgeRequests {
  private final boolean gzip;

  /// All of a POST's head but the length.
  private final byte[] postHead;

  private final byte[] readyHead;

  EdgeRequests(HttpTargetConfig config) {
    gzip = config.gzip();
    URI url = URI.create(config.url().toASCIIString());
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    String common =
        " HTTP/1.1\r\nHost: "
            + url.getHost()
            + (url.getPort() < 0 ? "" : ":" + url.getPort())
            + "\r\nUser-Agent: millrace\r\nAccept: */*\r\n";
    readyHead = ascii("GET " + path + "/health/ready" + common + "\r\n");
    postHead =
        ascii(
            "POST "
                + path
                + "/v1/events"
                + common
                + "Content-Type: application/x-ndjson\r\n"
                + (gzip ? "Content-Encoding: gzip\r\n" : "")
                + config.apiKey().map(key -> "Authorization: Bearer " + key + "\r\n").orElse("")
                + "Content-Length: ");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  ByteArrayOutputStream ready() {
    ByteArrayOutputStream request = new ByteArrayOutputStream(readyHead.length);
    request.writeBytes(readyHead);
    return request;
  }

  ByteArrayOutputStream of(HttpBatch batch) {
    byte[] packed = gzip ? batch.packed() : null;
    int length = gzip ? packed.length : batch.bytes();
    ByteArrayOutputStream request = new ByteArrayOutputStream(postHead.length + 16 + length);
    request.writeBytes(postHead);
    request.writeBytes(ascii(length + "\r\n\r\n"));
    if (gzip) {
      request.writeBytes(packed);
    } else {
      batch.writeTo(request);
    }
    return request;
  }
}
