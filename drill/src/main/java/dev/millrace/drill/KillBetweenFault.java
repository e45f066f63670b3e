package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// `kill -9` of the sink after its transaction of rows and offsets and before Kafka is told of
/// them: what it sends to Kafka is held back from some moment on, while an answer with new rows is
/// still on its way to it. Of the offsets that it has written then, Kafka never hears.
record KillBetweenFault() implements Fault {
  /// Longer than a broker lets a consumer wait for new records, which is half a second.
  private static final Duration HELD = Duration.ofMillis(800);

  private static final long PAUSE_MS = 300;

  /// Each attempt meets such an answer or not.
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @Override
  public String name() {
    return "kill-sink-between";
  }

  @Override
  public String sentence() {
    return "Kills the sink when its database has rows and offsets of which Kafka does not know.";
  }

  @Override
  public List<String> targets() {
    return List.of(Pipeline.SINK);
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(3);
  }

  @Override
  public Duration calm() {
    return Duration.ofSeconds(6);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws InterruptedException {
    Link link = pipeline.linkToKafka(target);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    boolean moved = false;
    try (SinkOffsets offsets = new SinkOffsets(pipeline)) {
      while (!moved && System.nanoTime() < deadline) {
        link.set(Link.Mode.WHOLE);
        Thread.sleep(PAUSE_MS);
        link.set(Link.Mode.CLIENT_UNHEARD);
        // What is written from now on, Kafka is not told of.
        moved = offsets.moveWithin(HELD);
      }
    }
    return pipeline.kill(target) && moved;
  }

  /// The offsets that Kafka does not know of when the sink starts again.
  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    // What is held back of one that is dead is not to arrive.
    pipeline.linkToKafka(target).cut();
    pipeline.linkToKafka(target).set(Link.Mode.WHOLE);
    long ahead;
    try (SinkOffsets offsets = new SinkOffsets(pipeline)) {
      ahead = offsets.aheadOfKafka();
    }
    pipeline.start(target);
    return ahead;
  }
}
