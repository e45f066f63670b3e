package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import dev.millrace.loadgen.Quantity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows the newest windows.
@Command(
    name = "tail",
    description = "Watch the newest window of every series, as top watches processes.",
    footer = {
      "",
      "On a terminal: r, e and p sort by rate, errors and p99; / filters; space holds the figures;",
      "arrows and page keys scroll; q or Ctrl-C ends. Elsewhere a table is printed each second.",
      "",
      "Examples:",
      "  millrace tail",
      "  millrace tail --sort p99 --filter checkout",
      "  millrace tail --once --json | jq .rate_per_s",
      "  millrace tail --json                    # every row as it comes"
    })
final class TailCommand implements Callable<Integer> {
  private static final Duration REFRESH = Duration.ofSeconds(1);

  /// How long a key may wait at most.
  private static final Duration KEY_PAUSE = Duration.ofMillis(50);

  private static final long DRAWN_EVERY_MS = 250;
  private static final long SIGNAL_MS = 1_000;
  private static final int INTERRUPTED = 130;
  private static final int NAME_WIDTH = 32;
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
      description = "Most series in a printed table. Default: ${DEFAULT-VALUE}")
  private int limit;

  @Option(
      names = "--sort",
      paramLabel = "rate|errors|p99",
      defaultValue = "rate",
      description = "What comes first. Default: ${DEFAULT-VALUE}")
  private TailOrder order;

  @Option(
      names = "--filter",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only series with this in their service or route.")
  private String filter;

  @Spec private CommandSpec spec;

  private final Interruption interruption;
  private final NewestWindows newest = new NewestWindows();
  private final MinuteHistory history = new MinuteHistory();

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
    try (WindowTail tail = new WindowTail(settings)) {
      tail.seekBack(System.currentTimeMillis() - MinuteHistory.SECONDS * 1_000L);
      while (!interruption.isAsked() && !tail.isCaughtUp()) {
        tail.poll(REFRESH, this::take);
      }
      if (once) {
        show();
        return 0;
      }
      if (!json && DemoCommand.isTerminal()) {
        OptionalInt code = onScreen(tail);
        if (code.isPresent()) {
          return code.getAsInt();
        }
      }
      inLines(tail);
    }
    return 0;
  }

  private void take(WindowSummary row, byte[] bytes) {
    newest.add(row, System.currentTimeMillis());
    history.add(row);
  }

  /// A table each second, or each row as it comes.
  private void inLines(WindowTail tail) {
    PrintWriter out = spec.commandLine().getOut();
    while (!interruption.isAsked() && !out.checkError()) {
      show();
      long end = System.nanoTime() + REFRESH.toNanos();
      for (long left = REFRESH.toNanos();
          left > 0 && !interruption.isAsked();
          left = end - System.nanoTime()) {
        tail.poll(
            Duration.ofNanos(left),
            (row, bytes) -> {
              take(row, bytes);
              if (json && TailView.matches(row, filter)) {
                out.println(new String(bytes, StandardCharsets.UTF_8));
              }
            });
      }
    }
  }

  /// A screen of its own, until somebody presses q or Ctrl-C.
  ///
  /// @return the exit code; empty if the terminal cannot do that
  private OptionalInt onScreen(WindowTail tail) throws IOException, InterruptedException {
    Optional<TailScreen> opened = TailScreen.open();
    if (opened.isEmpty()) {
      return OptionalInt.empty();
    }
    try (TailScreen screen = opened.get()) {
      // From now on a signal waits until the terminal is given back.
      interruption.hold();
      return OptionalInt.of(run(tail, screen, new TailView(order, filter)));
    } catch (IllegalStateException e) {
      // A signal closes the terminal as well, and we may have been about to write to it.
      if (!interruption.await(SIGNAL_MS)) {
        throw e;
      }
      return OptionalInt.of(INTERRUPTED);
    }
  }

  private int run(WindowTail tail, TailScreen screen, TailView view) throws IOException {
    List<WindowSummary> rows = newest.rows(System.currentTimeMillis());
    long drawn = 0;
    while (!interruption.isAsked()) {
      boolean pressed = false;
      for (Optional<Key> key = screen.key(); key.isPresent(); key = screen.key()) {
        if (key.get().name() == Key.Name.INTERRUPT) {
          return INTERRUPTED;
        }
        if (!view.press(key.get())) {
          return 0;
        }
        pressed = true;
      }
      long now = System.currentTimeMillis();
      if (pressed || now - drawn >= DRAWN_EVERY_MS) {
        if (!view.isHeld()) {
          rows = newest.rows(now);
        }
        screen.show(view.lines(rows, history, screen.width(), screen.height(), now));
        drawn = now;
      }
      tail.poll(KEY_PAUSE, this::take);
    }
    return INTERRUPTED;
  }

  private void show() {
    PrintWriter out = spec.commandLine().getOut();
    List<WindowSummary> rows =
        TailView.chosen(newest.rows(System.currentTimeMillis()), order, filter);
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
        "%-24s %s %,10.0f %,8d %,8d %10s %10s%n",
        Instant.ofEpochMilli(row.windowStart()),
        TerminalText.left(TailView.name(row), NAME_WIDTH),
        row.ratePerS(),
        row.errors(),
        row.clientErrors(),
        row.durationUs() == null ? "-" : Quantity.micros(row.durationUs().p50()),
        row.durationUs() == null ? "-" : Quantity.micros(row.durationUs().p99()));
  }
}
