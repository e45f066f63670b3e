package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The load generator and an edge with TLS and keys, as their options set them up.
class LoadgenHttpsIT {
  private static final String PASSWORD = "changeit";

  @TempDir private Path folder;

  @Test
  void onlyWhoKnowsTheEdgeAndIsKnownToItSends() throws Exception {
    Path ca = writePair("edge", "SAN=ip:127.0.0.1");
    Path other = writePair("other", "SAN=ip:127.0.0.1");
    Path keys = folder.resolve("keys");
    Files.writeString(keys, "shop " + sha256("right") + "\n");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String kafka = broker.awaitKafka();
      try (Cli.Running edge =
          Cli.start(
              "ingest",
              "--bootstrap-server",
              kafka,
              "--port",
              "0",
              "--tls-cert",
              ca.toString(),
              "--tls-key",
              path("edge-key.pem"),
              "--api-keys",
              keys.toString())) {
        String url = LoadgenHttpIT.url(edge);
        assertTrue(url.startsWith("https://"), url);
        Cli.Result right = load(url, ca, "right");
        assertEquals(0, right.code(), right.all());
        Cli.Result wrongKey = load(url, ca, "wrong");
        assertEquals(1, wrongKey.code(), wrongKey.all());
        assertTrue(wrongKey.err().contains("100.00 % of the events failed"), wrongKey.all());
        assertTrue(wrongKey.err().contains("the edge answered with 401"), wrongKey.all());
        Cli.Result wrongCa = load(url, other, "right");
        assertEquals(1, wrongCa.code(), wrongCa.all());
        assertTrue(wrongCa.err().contains("certificate is not trusted"), wrongCa.all());
        // The certificate is of an address, and not of a name.
        Cli.Result wrongName = load(url.replace("127.0.0.1", "localhost"), ca, "right");
        assertEquals(1, wrongName.code(), wrongName.all());
        assertTrue(wrongName.err().contains("localhost"), wrongName.all());
      }
    }
  }

  private int runs;

  private Cli.Result load(String url, Path ca, String key) throws IOException {
    Path file = folder.resolve("client-key");
    Files.writeString(file, key + "\n");
    List<String> command =
        new ArrayList<>(List.of("loadgen", "--rate", "500", "--duration", "2s", "--no-e2e"));
    command.addAll(List.of("--target", url, "--http-ca", ca.toString()));
    command.addAll(List.of("--http-key-file", file.toString(), "--run", path("run-" + runs++)));
    return Cli.run(command.toArray(String[]::new));
  }

  /// @return the certificate's file
  private Path writePair(String name, String extension) throws Exception {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                extension,
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
    write(name + "-key.pem", "PRIVATE KEY", store.getKey("k", PASSWORD.toCharArray()).getEncoded());
    return write(name + ".pem", "CERTIFICATE", store.getCertificate("k").getEncoded());
  }

  private Path write(String name, String kind, byte[] bytes) throws IOException {
    String begin = "-----BEGIN " + kind + "-----\n";
    String text = Base64.getMimeEncoder().encodeToString(bytes);
    return Files.writeString(folder.resolve(name), begin + text + "\n-----END " + kind + "-----\n");
  }

  private static String sha256(String key) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.US_ASCII)));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
