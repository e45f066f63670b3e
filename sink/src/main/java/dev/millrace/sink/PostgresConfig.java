package dev.millrace.sink;

import java.util.Map;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/// Where a PostgreSQL database is, and how to log in.
///
/// @param url `jdbc:postgresql://HOST:PORT/DATABASE`, with the driver's settings after a `?`
/// @param settings the same settings, for what does not belong into a URL, such as `user` and
///   `password`; the URL wins
public record PostgresConfig(String url, Map<String, String> settings) {
  private static final String FORM =
      "must be jdbc:postgresql://HOST:PORT/DATABASE, with settings after a '?'";

  /// What the driver would do otherwise: wait for ever for a server that has vanished.
  private static final Map<PGProperty, String> DEFAULTS =
      Map.of(
          PGProperty.APPLICATION_NAME, "millrace-sink",
          PGProperty.CONNECT_TIMEOUT, "5",
          PGProperty.LOGIN_TIMEOUT, "10",
          PGProperty.SOCKET_TIMEOUT, "60",
          PGProperty.TCP_KEEP_ALIVE, "true");

  /// @throws IllegalArgumentException naming option and what would do; never with a password
  public PostgresConfig {
    settings = Map.copyOf(settings);
    if (address(url).indexOf('@') >= 0) {
      // The driver would take it for part of the host, and log it.
      throw new IllegalArgumentException(
          "--jdbc-url has a user in front of the host: give it after the '?', as user=…&password=…");
    }
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("--jdbc-url '" + address(url) + "': " + FORM);
    }
    Properties parsed = Driver.parseURL(url, new Properties());
    if (parsed == null || PGProperty.PG_DBNAME.getOrDefault(parsed) == null) {
      throw new IllegalArgumentException("--jdbc-url '" + address(url) + "': " + FORM);
    }
  }

  /// Whether the URL has a password or a key's.
  public boolean hasPasswordInUrl() {
    Properties parsed = Driver.parseURL(url, new Properties());
    return PGProperty.PASSWORD.isPresent(parsed) || PGProperty.SSL_PASSWORD.isPresent(parsed);
  }

  /// The option and the address, without settings: what may be shown.
  String name() {
    return "--jdbc-url " + address(url);
  }

  /// The name of the database in it.
  String database() {
    return PGProperty.PG_DBNAME.getOrDefault(Driver.parseURL(url, new Properties()));
  }

  /// What the driver gets beside the URL.
  Properties properties() {
    Properties properties = new Properties();
    DEFAULTS.forEach((property, value) -> properties.setProperty(property.getName(), value));
    settings.forEach(properties::setProperty);
    return properties;
  }

  private static String address(String url) {
    return url.replaceFirst("\\?.*", "");
  }

  /// Without what is nobody's business.
  @Override
  public String toString() {
    return name();
  }
}
