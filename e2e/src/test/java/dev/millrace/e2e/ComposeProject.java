package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The services of `docker-compose.yml`, started under a name and on ports of their own, so that
/// they do not get in the way of somebody's own.
final class ComposeProject {
  private static final String LABEL = "com.docker.compose.project=";

  private final String name;
  private final Map<String, String> environment = new HashMap<>();

  /// @param name of the project
  ComposeProject(String name) throws IOException {
    this.name = name;
    for (String port :
        List.of("KAFKA_PORT", "INGEST_PORT", "PAGE_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")) {
      environment.put(port, Integer.toString(Cli.freePort()));
    }
  }

  /// Where a service is published.
  ///
  /// @param variable that sets its port
  String address(String variable) {
    return "127.0.0.1:" + environment.get(variable);
  }

  /// Runs `docker compose`, which must succeed.
  ///
  /// @return standard output
  String run(String... arguments) throws IOException, InterruptedException {
    return Docker.runWell(environment, command(arguments));
  }

  private String[] command(String... arguments) {
    // Without somebody's .env: this is the file as it is.
    return Stream.concat(
            Stream.of("compose", "--project-name", name, "--env-file", "/dev/null"),
            Arrays.stream(arguments))
        .toArray(String[]::new);
  }

  /// Starts services, and returns when they are healthy. A service that was killed is started
  /// again.
  void up(String... services) throws IOException, InterruptedException {
    run(
        Stream.concat(
                Stream.of("up", "--detach", "--no-recreate", "--wait", "--wait-timeout", "300"),
                Arrays.stream(services))
            .toArray(String[]::new));
  }

  /// Kills a container as `kill -9` does it. Docker does not start it again then.
  ///
  /// @param number of the container, from 1
  void kill(String service, int number) throws IOException, InterruptedException {
    Docker.runWell(environment, "kill", name + "-" + service + "-" + number);
  }

  /// Asks PostgreSQL.
  ///
  /// @return rows, their columns parted by tabs
  String psql(String sql) throws IOException, InterruptedException {
    return run(
        "exec",
        "-T",
        "postgres",
        "psql",
        "--username=millrace",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--field-separator=\t",
        "--command=" + sql);
  }

  /// What explains a test that failed: who is how, and what all have said last.
  String state() throws IOException, InterruptedException {
    return Docker.run(environment, command("ps", "--all")).all()
        + Docker.run(environment, command("logs", "--no-color", "--tail=100")).all();
  }

  /// Deletes all, and asserts that nothing is left.
  void delete() throws IOException, InterruptedException {
    // Volumes without a name do not say whose they are.
    Set<String> volumes = new HashSet<>();
    for (String container : run("ps", "--all", "--quiet").lines().toList()) {
      Docker.runWell(
              environment,
              "inspect",
              "--format={{range .Mounts}}{{.Name}}{{println}}{{end}}",
              container)
          .lines()
          .filter(volume -> !volume.isBlank())
          .forEach(volumes::add);
    }
    run("--profile", "load", "down", "--volumes", "--remove-orphans");
    volumes.retainAll(Docker.runWell(environment, "volume", "ls", "--quiet").lines().toList());
    assertEquals(Set.of(), volumes, "volumes left behind");
    for (List<String> kind :
        List.of(List.of("ps", "--all"), List.of("volume", "ls"), List.of("network", "ls"))) {
      String[] list =
          Stream.concat(kind.stream(), Stream.of("--quiet", "--filter", "label=" + LABEL + name))
              .toArray(String[]::new);
      assertEquals("", Docker.runWell(environment, list), () -> "left behind: " + kind);
    }
  }
}
