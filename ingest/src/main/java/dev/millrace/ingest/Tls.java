package dev.millrace.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// TLS with certificate and key from PEM files, read again when they change. Connections that there
/// are keep what they began with.
final class Tls {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  private static final char[] NO_PASSWORD = {};

  private final TlsFiles files;
  private final WatchedFiles watched;
  private volatile SSLContext context;

  /// @throws IOException if a file cannot be read; the message names it
  /// @throws IllegalArgumentException if what is in it will not do; the message says why
  Tls(TlsFiles files) throws IOException {
    this.files = files;
    this.watched = new WatchedFiles(List.of(files.certificate(), files.key()));
    reloadIfChanged();
  }

  /// Reads the files again if they have changed. If they will not do, all stays as it was.
  ///
  /// @return whether they were read
  boolean reloadIfChanged() throws IOException {
    if (!watched.haveChanged()) {
      return false;
    }
    Certificate[] chain;
    PrivateKey key;
    try {
      chain = certificates();
      key = key(chain[0].getPublicKey());
    } catch (IOException e) {
      watched.forget();
      throw e;
    }
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("millrace", key, NO_PASSWORD, chain);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, NO_PASSWORD);
      SSLContext made = SSLContext.getInstance("TLS");
      made.init(keys.getKeyManagers(), null, null);
      context = made;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("--tls-cert " + files.certificate() + ": " + e, e);
    }
    return true;
  }

  private Certificate[] certificates() throws IOException {
    try (InputStream in = Files.newInputStream(files.certificate())) {
      Collection<? extends Certificate> chain =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (chain.isEmpty()) {
        throw new IllegalArgumentException(
            "--tls-cert " + files.certificate() + ": has no certificate in PEM");
      }
      for (Certificate certificate : chain) {
        ((X509Certificate) certificate).checkValidity();
      }
      return chain.toArray(new Certificate[0]);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "--tls-cert " + files.certificate() + ": " + e.getMessage(), e);
    }
  }

  private PrivateKey key(PublicKey certified) throws IOException {
    Path file = files.key();
    Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      throw new IllegalArgumentException(
          "--tls-key "
              + file
              + ": has no 'BEGIN PRIVATE KEY'; 'openssl pkcs8 -topk8 -nocrypt -in FILE' makes one"
              + " of other forms");
    }
    try {
      PrivateKey key =
          KeyFactory.getInstance(certified.getAlgorithm())
              .generatePrivate(
                  new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1))));
      requirePair(key, certified, file);
      return key;
    } catch (GeneralSecurityException e) {
      // Its message may have parts of the key.
      throw new IllegalArgumentException(
          "--tls-key " + file + ": is no " + certified.getAlgorithm() + " key", e);
    }
  }

  private static void requirePair(PrivateKey key, PublicKey certified, Path file)
      throws GeneralSecurityException {
    String algorithm =
        switch (certified.getAlgorithm().toUpperCase(Locale.ROOT)) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> certified.getAlgorithm();
        };
    byte[] text = "a pair?".getBytes(StandardCharsets.US_ASCII);
    Signature signing = Signature.getInstance(algorithm);
    signing.initSign(key);
    signing.update(text);
    byte[] signature = signing.sign();
    Signature verifying = Signature.getInstance(algorithm);
    verifying.initVerify(certified);
    verifying.update(text);
    if (!verifying.verify(signature)) {
      throw new IllegalArgumentException(
          "--tls-key " + file + ": is not the key of the certificate");
    }
  }

  /// Speaks TLS with a client.
  ///
  /// @param socket stays open when the one returned is closed only if that fails
  /// @throws IOException if the client does not
  Socket accept(Socket socket) throws IOException {
    SSLSocket secure =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    socket, socket.getInetAddress().getHostAddress(), socket.getPort(), true);
    secure.setUseClientMode(false);
    secure.startHandshake();
    return secure;
  }
}
