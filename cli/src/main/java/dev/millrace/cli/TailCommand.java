package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import dev.millrace.loadgen.Quantity;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows the newest windows.
@Command(
    name = "tail",
    description = "Show the newest window of every series, busiest first.",
    footer = {
      "",
      "Examples:",
      "  millrace tail",
      "  millrace tail --once --json | jq .rate_per_s",
      "  millrace tail --json                    # every row as it comes"
    })
final class TailCommand implements Callable<Integer> {
  /// How far before its end a partition is read: some windows of some hundred series.
  private static final long ROWS_BACK = 5_000;

  private static final Duration REFRESH = Duration.ofSeconds(1);
  private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

  @Mixin private KafkaOptions kafka;

  @Option(names = "--once", description = "Show what is there now, and end.")
  private boolean once;

  @Option(names = "--json", description = "Rows as lines of JSON, as they stand on the topic.")
  private boolean json;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "Most series in the table. Default: ${DEFAULT-VALUE}")
  private int limit;

  @Spec private CommandSpec spec;

  private final Interruption interruption;
  private final NewestWindows newest = new NewestWindows();

  TailCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    if (limit < 1) {
      throw new IllegalArgumentException("--limit " + limit + ": must be at least 1");
    }
    Map<String, Object> settings = new HashMap<>(kafka.reachableSettings());
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), kafka.settings())) {
      ContractTopics.requireAll(admin);
    }
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Map<TopicPartition, Long> ends = seekNearEnd(consumer);
      readTo(ends, consumer);
      if (once) {
        show();
        return 0;
      }
      while (!interruption.isAsked() && !spec.commandLine().getOut().checkError()) {
        show();
        readFor(REFRESH, consumer);
      }
    }
    return 0;
  }

  private static Map<TopicPartition, Long> seekNearEnd(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.WINDOWS_1S).stream()
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    consumer.assign(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    consumer
        .beginningOffsets(partitions)
        .forEach((partition, start) ->
            consumer.seek(partition, Math.max(start, ends.get(partition) - ROWS_BACK)));
    return ends;
  }

  private void readTo(Map<TopicPartition, Long> ends, KafkaConsumer<byte[], byte[]> consumer)
      throws Exception {
    while (!interruption.isAsked()
        && ends.entrySet().stream()
            .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      read(REFRESH, consumer, false);
    }
  }

  private void readFor(Duration time, KafkaConsumer<byte[], byte[]> consumer) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos();
        left > 0 && !interruption.isAsked();
        left = end - System.nanoTime()) {
      read(Duration.ofNanos(left), consumer, json);
    }
  }

  private void read(Duration wait, KafkaConsumer<byte[], byte[]> consumer, boolean print)
      throws Exception {
    for (var row : consumer.poll(wait)) {
      WindowSummary summary = JsonRecords.WINDOWS.decode(row.value());
      newest.add(summary, System.currentTimeMillis());
      if (print) {
        spec.commandLine().getOut().println(new String(row.value(), StandardCharsets.UTF_8));
      }
    }
  }

  private void show() {
    PrintWriter out = spec.commandLine().getOut();
    List<WindowSummary> rows = newest.rows(System.currentTimeMillis());
    if (json) {
      if (once) {
        rows.forEach(row ->
            out.println(new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8)));
      }
      return;
    }
    StringBuilder table = new StringBuilder();
    if (!once && DemoCommand.isTerminal()) {
      table.append(CLEAR_SCREEN);
    }
    table.append(
        String.format(
            "%-24s %-32s %10s %8s %8s %10s %10s%n",
            "window", "service route", "requests/s", "errors", "4xx", "p50", "p99"));
    rows.stream().limit(limit).forEach(row -> table.append(line(row)));
    if (rows.size() > limit) {
      table.append("and ").append(rows.size() - limit).append(" more series\n");
    }
    if (rows.isEmpty()) {
      table.append("no windows yet\n");
    }
    out.print(table);
    out.flush();
  }

  private static String line(WindowSummary row) {
    return String.format(
        Locale.ROOT,
        "%-24s %-32s %,10.0f %,8d %,8d %10s %10s%n",
        Instant.ofEpochMilli(row.windowStart()),
        row.service() + " " + row.route(),
        row.ratePerS(),
        row.errors(),
        row.clientErrors(),
        row.durationUs() == null ? "-" : Quantity.micros(row.durationUs().p50()),
        row.durationUs() == null ? "-" : Quantity.micros(row.durationUs().p99()));
  }
}
