package dev.millrace.loadgen;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Events go to an HTTP edge.
///
/// @param url of the edge, `http` or `https`; `/v1/events` and `/health/ready` are below it
/// @param connections requests at a time, 1 to 10,000
/// @param batch the most events of a request, 1 to 1,000
/// @param gzip whether bodies are packed
/// @param apiKey what the edge knows this client by; empty for none
/// @param trust whom an `https` edge's certificate may be signed by; empty for whom the JVM trusts
public record HttpTargetConfig(
    URI url,
    int connections,
    int batch,
    boolean gzip,
    Optional<String> apiKey,
    Optional<SSLContext> trust) {
  /// As [#connections()].
  public static final int DEFAULT_CONNECTIONS = 64;

  /// As [#batch()].
  public static final int DEFAULT_BATCH = 100;

  private static final int MAX_CONNECTIONS = 10_000;
  private static final int MAX_BATCH = 1_000;
  private static final long MAX_KEY_FILE = 4_096;
  private static final Pattern KEY = Pattern.compile("[!-~]{1,1024}");

  /// @throws IllegalArgumentException naming option, value and range
  public HttpTargetConfig {
    requireWithin("--http-connections", connections, MAX_CONNECTIONS);
    requireWithin("--http-batch", batch, MAX_BATCH);
    if (trust.isPresent() && !"https".equalsIgnoreCase(url.getScheme())) {
      throw new IllegalArgumentException(
          "--http-ca: is for an https:// edge, and --target is " + url);
    }
  }

  private static void requireWithin(String option, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s %d: must be 1 to %,d", option, value, max));
    }
  }

  /// The address of an edge, as it is typed.
  ///
  /// @throws IllegalArgumentException naming option, value and what would do
  public static URI url(String text) {
    if (text.indexOf('@') >= 0) {
      // Which is not shown, and not parsed before: it has a password.
      throw new IllegalArgumentException(
          "--target: must not have a user or password in it; a key is given by --http-key-file");
    }
    URI url;
    try {
      url = new URI(text.replaceFirst("/+$", ""));
    } catch (URISyntaxException e) {
      throw wrongUrl(text, e);
    }
    boolean isHttp =
        "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
    if (!isHttp
        || url.getHost() == null
        || url.getPort() == 0
        || url.getPort() > 65_535
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      throw wrongUrl(text, null);
    }
    return url;
  }

  private static IllegalArgumentException wrongUrl(String text, Exception cause) {
    return new IllegalArgumentException(
        "--target "
            + text
            + ": must be kafka, or an edge's address as http://HOST:PORT or https://HOST:PORT",
        cause);
  }

  /// Reads a client's key, the only line of a file.
  ///
  /// @throws IllegalArgumentException naming option, file and what would do
  /// @throws IOException if it cannot be read
  public static String key(Path file) throws IOException {
    String key =
        Files.size(file) > MAX_KEY_FILE
            ? ""
            : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException(
          "--http-key-file "
              + file
              + ": must have one line, a key of 1 to 1024 ASCII characters without spaces");
    }
    return key;
  }

  /// Trusts whom a file's certificates are of, and nobody else.
  ///
  /// @param file certificates, PEM
  /// @throws IllegalArgumentException naming option, file and what would do
  /// @throws IOException if it cannot be read
  public static SSLContext trust(Path file) throws IOException {
    try (InputStream pem = new BufferedInputStream(Files.newInputStream(file))) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("ca-" + count++, certificate);
      }
      if (count == 0) {
        throw new CertificateException("there is none");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "--http-ca "
              + file
              + ": must have the certificates of who signs the edge's, as PEM: "
              + e.getMessage(),
          e);
    }
  }

  /// @throws IllegalArgumentException if the scenario asks for what an edge does not do
  static void requireNoKey(Scenario scenario) {
    if (scenario.traffic().key() != Traffic.Key.NONE) {
      throw new IllegalArgumentException(
          "key "
              + ScenarioFile.text(scenario.traffic().key())
              + ": must be none with an HTTP --target, because the edge sets no key");
    }
  }

  /// The key is left out.
  @Override
  public String toString() {
    return url + ", " + connections + " connections, batches of " + batch + (gzip ? ", gzip" : "");
  }
}
