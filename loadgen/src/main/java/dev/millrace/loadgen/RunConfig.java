package dev.millrace.loadgen;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// All that a run of generated load needs to know.
///
/// @param scenario what to send
/// @param bootstrapServers Kafka's address
/// @param kafka further settings of Kafka's clients, passed through as they are
/// @param http the edge that events go to; empty for straight into Kafka
/// @param ledger where the exact counts go
/// @param folder where everything else goes; empty for nowhere
/// @param warmUp start of the run that is in no figure: whole seconds, shorter than the run
/// @param e2e whether, and how, to look for the windows of a sample of the events
/// @param share which events of the scenario are this process's
/// @param startMs when the first event is due, epoch milliseconds; empty for at once
/// @param events the most that this process sends; empty for as many as there are
/// @param command what to call it in the folder: the arguments, with secrets left out
/// @param version Millrace's
public record RunConfig(
    Scenario scenario,
    String bootstrapServers,
    Map<String, String> kafka,
    Optional<HttpTargetConfig> http,
    Path ledger,
    Optional<RunFolder> folder,
    Duration warmUp,
    EndToEnd e2e,
    Share share,
    OptionalLong startMs,
    OptionalLong events,
    List<String> command,
    String version) {
  private static final Duration MAX_DEFAULT_WARM_UP = Duration.ofSeconds(5);

  /// One of several processes that take turns.
  ///
  /// @param worker which, from 0
  /// @param workers of how many
  public record Share(int worker, int workers) {
    /// All events.
    public static final Share ALL = new Share(0, 1);

    /// @throws IllegalArgumentException if there is no such worker
    public Share {
      if (workers < 1 || workers > 64) {
        throw new IllegalArgumentException("--workers " + workers + ": must be 1 to 64");
      }
      if (worker < 0 || worker >= workers) {
        throw new IllegalArgumentException("worker " + worker + ": must be below " + workers);
      }
    }

    /// How many of the first so many events are this worker's.
    long of(long events) {
      return events > worker ? (events - worker - 1) / workers + 1 : 0;
    }
  }

  /// @throws IllegalArgumentException naming option, value and range
  public RunConfig {
    kafka = Map.copyOf(kafka);
    command = List.copyOf(command);
    http.ifPresent(edge -> HttpTargetConfig.requireNoKey(scenario));
    if (warmUp.isNegative()
        || warmUp.toNanosPart() != 0
        || warmUp.compareTo(scenario.load().duration()) >= 0) {
      throw new IllegalArgumentException(
          "--warm-up "
              + Quantity.text(warmUp)
              + ": must be whole seconds, and shorter than the run, which takes "
              + Quantity.text(scenario.load().duration()));
    }
  }

  /// The same run, in which no windows are looked for.
  public RunConfig withoutE2e() {
    return new RunConfig(
        scenario,
        bootstrapServers,
        kafka,
        http,
        ledger,
        folder,
        warmUp,
        EndToEnd.NONE,
        share,
        startMs,
        events,
        command,
        version);
  }

  /// The target's name: `kafka`, or the edge's URL.
  String target() {
    return http.map(edge -> edge.url().toString()).orElse("kafka");
  }

  /// A run that leaves nothing but its ledger.
  public static RunConfig of(
      Scenario scenario,
      String bootstrapServers,
      Map<String, String> kafka,
      Optional<HttpTargetConfig> http,
      Path ledger) {
    return new RunConfig(
        scenario,
        bootstrapServers,
        kafka,
        http,
        ledger,
        Optional.empty(),
        defaultWarmUp(scenario.load().duration()),
        EndToEnd.NONE,
        Share.ALL,
        OptionalLong.empty(),
        OptionalLong.empty(),
        List.of(),
        "");
  }

  /// A tenth of the run, but not more than 5 s, in whole seconds.
  public static Duration defaultWarmUp(Duration run) {
    Duration tenth = Duration.ofSeconds(run.dividedBy(10).toSeconds());
    return tenth.compareTo(MAX_DEFAULT_WARM_UP) < 0 ? tenth : MAX_DEFAULT_WARM_UP;
  }
}
