package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS and keys, with a certificate of the JDK's keytool.
class SecurityIT {
  private static final String PASSWORD = "changeit";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n";

  @TempDir private static Path folder;
  private static EmbeddedBroker broker;

  @TempDir private Path files;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    TestEdge.createTopic(broker);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void speaksTlsAndReadsTheCertificateAgain() throws Exception {
    TlsFiles tls = new TlsFiles(files.resolve("cert.pem"), files.resolve("key.pem"));
    Certificate first = writePair("EC", "first", tls);
    try (IngestServer edge = start(Optional.of(tls), Optional.empty())) {
      try (RawClient client = new RawClient(tlsSocket(edge.port(), first))) {
        assertEquals(200, client.ask(LIVE).status());
        byte[] events = TestEdge.events(1_000);
        assertEquals(202, client.ask(RawClient.post("application/x-ndjson", events)).status());
        Certificate second = writePair("RSA", "second", tls);
        TestEdge.await("the new certificate is shown", () -> isServed(edge.port(), second));
        assertThrows(SSLException.class, () -> tlsSocket(edge.port(), first));
        // What was begun with the first goes on.
        assertEquals(200, client.ask(LIVE).status());
        Files.writeString(tls.certificate(), "broken");
        Thread.sleep(2_500);
        assertTrue(isServed(edge.port(), second));
      }
      // Who speaks no TLS gets no answer, and does not hold anybody up.
      try (RawClient plain = new RawClient(edge.port())) {
        assertThrows(IOException.class, () -> plain.ask(LIVE + " ".repeat(2_000)));
      }
    }
  }

  @Test
  void refusesFilesThatWillNotDo() throws Exception {
    TlsFiles tls = new TlsFiles(files.resolve("cert.pem"), files.resolve("key.pem"));
    TlsFiles other = new TlsFiles(files.resolve("cert2.pem"), files.resolve("key2.pem"));
    var _ = writePair("EC", "first", tls);
    var _ = writePair("EC", "second", other);
    assertRefused("is not the key of the certificate", tls.certificate(), other.key());
    assertRefused("openssl pkcs8", tls.certificate(), tls.certificate());
    assertRefused("--tls-cert", tls.key(), tls.key());
    assertThrows(IOException.class, () -> new Tls(new TlsFiles(files.resolve("none"), tls.key())));
  }

  private static void assertRefused(String part, Path certificate, Path key) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Tls(new TlsFiles(certificate, key)))
            .getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void onlyWhoHasAKeyMaySend() throws Exception {
    Path keys = files.resolve("keys");
    Files.writeString(keys, "shop " + hash("one") + "\nslow " + hash("two") + " 5\n");
    byte[] events = TestEdge.events(20);
    String type = "application/x-ndjson";
    try (IngestServer edge = start(Optional.empty(), Optional.of(keys));
        RawClient client = new RawClient(edge.port())) {
      RawClient.Reply reply = client.ask(RawClient.post(type, events));
      assertEquals(401, reply.status());
      assertFalse(reply.closes());
      assertEquals(401, client.ask(RawClient.post(type, events, "X-API-Key: nobody")).status());
      assertEquals(202, client.ask(RawClient.post(type, events, "X-API-Key: one")).status());
      String bearer = "Authorization: Bearer two";
      assertEquals(202, client.ask(RawClient.post(type, events, bearer)).status());
      reply = client.ask(RawClient.post(type, events, bearer));
      assertEquals(429, reply.status());
      assertEquals("3", reply.headers().get("retry-after"));
      assertEquals(200, client.ask(LIVE).status());
      // A key of one does not open what another has sent under the same Idempotency-Key.
      String key = "Idempotency-Key: k";
      assertEquals(202, client.ask(RawClient.post(type, events, key, "X-API-Key: one")).status());
      Files.writeString(keys, "shop " + hash("one") + "\nnew " + hash("three") + "\n");
      TestEdge.await(
          "the new key is known",
          () -> client.ask(RawClient.post(type, events, "X-API-Key: three")).status() == 202);
      assertEquals(401, client.ask(RawClient.post(type, events, bearer)).status());
      long accepted = edge.metrics().accepted();
      assertEquals(202, client.ask(RawClient.post(type, events, key, "X-API-Key: three")).status());
      assertEquals(accepted + 20, edge.metrics().accepted());
      String metrics = client.ask("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n").body();
      assertFalse(metrics.contains("shop") || metrics.contains("three"), metrics);
    }
  }

  private static IngestServer start(Optional<TlsFiles> tls, Optional<Path> keys)
      throws IOException {
    return IngestServer.start(
        TestEdge.config(broker.bootstrapServers(), TestEdge.limits(LONG), tls, keys));
  }

  private static boolean isServed(int port, Certificate certificate) throws Exception {
    try (RawClient client = new RawClient(tlsSocket(port, certificate))) {
      return client.ask(LIVE).status() == 200;
    } catch (SSLException e) {
      return false;
    }
  }

  private static SSLSocket tlsSocket(int port, Certificate trusted) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("trusted", trusted);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.startHandshake();
    return socket;
  }

  private Certificate writePair(String algorithm, String name, TlsFiles target) throws Exception {
    Path file = files.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    Certificate certificate = store.getCertificate("k");
    // The key first: an edge that looks in between finds no pair, and keeps what it has.
    write(target.key(), "PRIVATE KEY", store.getKey("k", PASSWORD.toCharArray()).getEncoded());
    write(target.certificate(), "CERTIFICATE", certificate.getEncoded());
    return certificate;
  }

  private static void write(Path file, String kind, byte[] bytes) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN "
            + kind
            + "-----\n"
            + Base64.getMimeEncoder().encodeToString(bytes)
            + "\n-----END "
            + kind
            + "-----\n");
  }

  private static String hash(String key) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.US_ASCII)));
  }
}
