package dev.millrace.cli;

import dev.millrace.sink.PageDatabase;
import dev.millrace.sink.PostgresConfig;
import dev.millrace.sink.PostgresWindowStore;
import dev.millrace.sink.SpanQueries;
import dev.millrace.sink.SqliteWindowStore;
import dev.millrace.sink.WindowQueries;
import dev.millrace.sink.WindowStore;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// Which database the sink writes into, and others read.
final class DatabaseOptions {
  @Option(
      names = "--database",
      paramLabel = "FILE",
      defaultValue = "millrace-data/millrace.db",
      description = "The sink's SQLite database. Default: ${DEFAULT-VALUE}")
  private Path file;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      description =
          "A PostgreSQL database instead: jdbc:postgresql://HOST:PORT/NAME, with the driver's"
              + " settings after a '?'.")
  private String jdbcUrl;

  @Option(
      names = "--jdbc-config",
      paramLabel = "FILE",
      description = "A properties file of such settings; user and password belong here.")
  private Path jdbcConfig;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /// The PostgreSQL database that was named; empty for SQLite.
  ///
  /// @throws IllegalArgumentException naming option, value and what would do
  /// @throws IOException if the file of settings cannot be read
  Optional<PostgresConfig> postgres() throws IOException {
    ParseResult given = spec.commandLine().getParseResult();
    if (jdbcUrl == null) {
      if (jdbcConfig != null) {
        throw new IllegalArgumentException(
            "--jdbc-config " + jdbcConfig + " is for PostgreSQL: give --jdbc-url too");
      }
      return Optional.empty();
    }
    if (given.hasMatchedOption("--database")) {
      throw new IllegalArgumentException(
          "--database " + file + ": give either --database or --jdbc-url");
    }
    PostgresConfig config = new PostgresConfig(jdbcUrl, settings());
    if (given.hasMatchedOption("--jdbc-url") && config.hasPasswordInUrl()) {
      throw new IllegalArgumentException(
          "--jdbc-url has a password, which everybody on this machine sees in the list of"
              + " processes: put it into a --jdbc-config file, or the URL into MILLRACE_JDBC_URL");
    }
    return Optional.of(config);
  }

  /// Opens the database, and makes its tables if there are none.
  ///
  /// @param postgres what [#postgres()] says
  /// @throws IOException if the folder of a file cannot be made
  WindowStore open(Optional<PostgresConfig> postgres) throws IOException {
    if (postgres.isPresent()) {
      return PostgresWindowStore.open(postgres.get());
    }
    if (file.getParent() != null) {
      Files.createDirectories(file.getParent());
    }
    return SqliteWindowStore.open(file);
  }

  /// The database that is there, to ask about windows.
  ///
  /// @throws IOException if the file of settings cannot be read
  WindowQueries queries() throws IOException {
    Optional<PostgresConfig> postgres = postgres();
    return postgres.isPresent() ? WindowQueries.open(postgres.get()) : WindowQueries.open(file);
  }

  /// The database that is there, to put spans together.
  ///
  /// @throws IOException if the file of settings cannot be read
  SpanQueries spans() throws IOException {
    Optional<PostgresConfig> postgres = postgres();
    return postgres.isPresent() ? SpanQueries.open(postgres.get()) : SpanQueries.open(file);
  }

  /// The same database for the page.
  ///
  /// @param postgres what [#postgres()] says
  PageDatabase forReading(Optional<PostgresConfig> postgres) {
    return postgres.map(PageDatabase::postgres).orElseGet(() -> PageDatabase.sqlite(file));
  }

  /// The option and what it names, for messages.
  String given() {
    return (jdbcUrl == null ? "--database " : "--jdbc-url ") + name();
  }

  /// What to call it.
  String name() {
    return jdbcUrl == null ? file.toString() : jdbcUrl.replaceFirst("\\?.*", "");
  }

  private Map<String, String> settings() throws IOException {
    Map<String, String> settings = new HashMap<>();
    if (jdbcConfig != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(jdbcConfig)) {
        properties.load(reader);
      }
      properties
          .stringPropertyNames()
          .forEach(name -> settings.put(name, properties.getProperty(name)));
    }
    return settings;
  }
}
