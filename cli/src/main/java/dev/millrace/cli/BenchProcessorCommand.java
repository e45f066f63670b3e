package dev.millrace.cli;

import dev.millrace.benchmarks.ProcessorBench;
import dev.millrace.benchmarks.ProcessorBenchConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// Reads a backlog with the processor, and with others beside it.
@Command(
    name = "processor",
    description = {
      "Work off a backlog of events. On one broker take turns, each in its own process:",
      "  millrace-eos   the processor, exactly once",
      "  millrace-alos  the processor, at least once",
      "  textbook       a topology as Kafka Streams' documentation teaches it",
      "  tuned          the same rows, as quick as the Streams DSL can be made",
      "  consumer       Kafka's ConsumerPerformance, which only reads"
    },
    footer = {
      "",
      "Takes some minutes, and some 4 GiB of disk that it gives back.",
      "",
      "Examples:",
      "  millrace bench processor --json processor.json",
      "  millrace bench processor --series 10000",
      "  millrace bench processor --events 4M --only millrace-eos,consumer --rounds 3"
    })
final class BenchProcessorCommand implements Callable<Integer> {
  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "24M",
      converter = EventsConverter.class,
      description = "Events in the backlog: 500k, 24M. Default: ${DEFAULT-VALUE}")
  private long events;

  @Option(
      names = "--textbook-events",
      paramLabel = "N",
      defaultValue = "1M",
      converter = EventsConverter.class,
      description = "How many of these textbook gets, which is slow. Default: ${DEFAULT-VALUE}")
  private long textbookEvents;

  @Option(
      names = "--tuned-events",
      paramLabel = "N",
      defaultValue = "6M",
      converter = EventsConverter.class,
      description = "How many of these tuned gets. Default: ${DEFAULT-VALUE}")
  private long tunedEvents;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "Partitions of the backlog. Default: ${DEFAULT-VALUE}")
  private int partitions;

  @Option(
      names = "--series",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "How many routes there are, of all services; few get most of the traffic."
              + " Default: ${DEFAULT-VALUE}, 20 services of 5")
  private int series;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "Who takes part: names from above, with commas between. Default: all")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "How often; all take turns. The run in the middle is shown. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Where the data is kept meanwhile. Default: the system's temporary folder")
  private Path data = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchProcessorCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  /// `500k`, `24M`: a whole number of events.
  static final class EventsConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      double events;
      try {
        events = text.endsWith("/s") ? Double.NaN : new Units.RateConverter().convert(text);
      } catch (TypeConversionException e) {
        events = Double.NaN;
      }
      if (events != Math.rint(events)) {
        throw new TypeConversionException(
            "'" + text + "' is not a number of events; write 500000, 500k, 24M");
      }
      return (long) events;
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    ProcessorBenchConfig config =
        new ProcessorBenchConfig(
            events,
            textbookEvents,
            tunedEvents,
            partitions,
            series,
            ProcessorBenchConfig.contestants(only),
            rounds,
            data);
    Path file = json.writable();
    interruption.hold();
    boolean right =
        ProcessorBench.run(
            config,
            spec.commandLine().getOut(),
            spec.commandLine().getErr(),
            file,
            interruption::isAsked);
    return right ? 0 : 1;
  }
}
