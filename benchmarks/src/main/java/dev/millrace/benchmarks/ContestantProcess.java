package dev.millrace.benchmarks;

import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.tools.ConsumerPerformance;

/// One contestant in a process of its own: works until its input ends, or dies if the contestant
/// does. It measures nothing; that is done from outside, for all alike.
final class ContestantProcess {
  private static final long CHECK_MS = 200;

  /// The tool's own is 5 s: too far apart to see how far it is.
  private static final long CONSUMER_COMMIT_MS = 200;

  private final String bootstrapServers;
  private final String group;
  private final String input;
  private final long events;
  private final Path state;

  private ContestantProcess(
      String bootstrapServers, String group, String input, long events, Path state) {
    this.bootstrapServers = bootstrapServers;
    this.group = group;
    this.input = input;
    this.events = events;
    this.state = state;
  }

  /// Something at work: what it died of, if it has, and how it is stopped.
  private record Running(Supplier<Optional<Throwable>> failure, Runnable stop) {}

  /// The arguments that [#main] takes.
  static String[] args(
      Contestant contestant,
      String bootstrapServers,
      String group,
      String input,
      long events,
      Path state) {
    return new String[] {
      contestant.name(), bootstrapServers, group, input, Long.toString(events), state.toString()
    };
  }

  public static void main(String[] args) {
    ContestantProcess process =
        new ContestantProcess(args[1], args[2], args[3], Long.parseLong(args[4]), Path.of(args[5]));
    ChildInput.run(end -> {
      Running running = process.start(Contestant.valueOf(args[0]));
      while (!end.await(CHECK_MS)) {
        Optional<Throwable> failure = running.failure().get();
        if (failure.isPresent()) {
          throw new IllegalStateException(failure.get());
        }
      }
      running.stop().run();
    });
  }

  private Running start(Contestant contestant) {
    return switch (contestant) {
      case MILLRACE_EOS -> millrace(true);
      case MILLRACE_ALOS -> millrace(false);
      case TEXTBOOK ->
          streams(
              new TextbookTopology(input, contestant.results().orElseThrow()).get(),
              TextbookTopology.settings());
      case TUNED ->
          streams(
              new TunedTopology(input, contestant.results().orElseThrow()).get(),
              TunedTopology.settings());
      case CONSUMER -> consumer();
    };
  }

  /// As it is shipped; group and guarantee apart.
  private Running millrace(boolean exactlyOnce) {
    ProcessorConfig usual = ProcessorConfig.of(bootstrapServers, state);
    ProcessorRunner runner =
        new ProcessorRunner(
            new ProcessorConfig(
                usual.bootstrapServers(),
                group,
                usual.threads(),
                usual.windowing(),
                usual.commitInterval(),
                usual.windowsInMemory(),
                exactlyOnce,
                usual.stateDir(),
                usual.kafka()));
    runner.start();
    return new Running(runner::failure, runner::close);
  }

  private Running streams(Topology topology, Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
    all.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    KafkaStreams streams = new KafkaStreams(topology, new StreamsConfig(all));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    streams.setUncaughtExceptionHandler(e -> {
      failure.set(e);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    return new Running(() -> Optional.ofNullable(failure.get()), streams::close);
  }

  /// The tool returns when it has read everything, or exits with an error.
  private Running consumer() {
    Exit.setExitProcedure((status, message) -> Runtime.getRuntime().halt(status));
    ConsumerPerformance.main(
        new String[] {
          "--bootstrap-server",
          bootstrapServers,
          "--group",
          group,
          "--topic",
          input,
          "--num-records",
          Long.toString(events),
          "--timeout",
          "60000",
          "--fetch-size",
          Integer.toString(4 << 20),
          "--command-property",
          "max.poll.records=10000",
          "--command-property",
          "enable.auto.commit=true",
          "--command-property",
          "auto.commit.interval.ms=" + CONSUMER_COMMIT_MS,
          "--show-detailed-stats",
          "--reporting-interval",
          "500"
        });
    return new Running(Optional::empty, () -> {});
  }
}
