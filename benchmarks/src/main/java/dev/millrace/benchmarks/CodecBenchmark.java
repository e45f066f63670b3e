package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.events.EventScanner;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to read and write one event, next to what databind takes for the same bytes.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
  private static final int EVENTS = 1024;

  private final RequestEventCodec codec = new RequestEventCodec();
  private final EventScanner scanner = new EventScanner(codec);
  private final ObjectReader databind = new JsonMapper().readerFor(Bound.class);
  private final RequestEvent[] events = new RequestEvent[EVENTS];
  private final byte[][] json = new byte[EVENTS][];
  private int next;

  /// The contract's object as databind maps it.
  record Bound(
      String id,
      long time,
      String service,
      String route,
      String method,
      int status,
      Long duration_us,
      long bytes) {}

  /// Fills the events, about 167 bytes each as JSON.
  public CodecBenchmark() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < EVENTS; i++) {
      events[i] =
          new RequestEvent(
              "01KAJQ8Z3R%016d".formatted(random.nextLong(1_000_000_000_000_000L)),
              1_763_715_928_123L + i,
              "service-" + random.nextInt(20),
              "/v1/items/{id}/part-" + random.nextInt(5),
              "POST",
              200,
              OptionalLong.of(random.nextLong(100_000)),
              random.nextInt(5_000));
      json[i] = codec.encode(events[i]);
    }
  }

  /// Reading with the project's codec, which streams and validates.
  @Benchmark
  public RequestEvent decode() {
    return codec.decode(json[next++ & (EVENTS - 1)]);
  }

  /// Reading in place with the project's scanner, which validates too.
  @Benchmark
  public long scan() {
    scanner.scan(json[next++ & (EVENTS - 1)]);
    return scanner.time()
        + scanner.status()
        + scanner.durationUs()
        + scanner.bytes()
        + scanner.serviceEnd()
        + scanner.routeEnd();
  }

  /// Reading with Jackson databind, no validation.
  @Benchmark
  public Object decodeDatabind() throws IOException {
    return databind.readValue(json[next++ & (EVENTS - 1)]);
  }

  /// Writing with the project's codec.
  @Benchmark
  public byte[] encode() {
    return codec.encode(events[next++ & (EVENTS - 1)]);
  }
}
