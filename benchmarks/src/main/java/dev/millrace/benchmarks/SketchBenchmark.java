package dev.millrace.benchmarks;

import dev.millrace.events.LatencySketch;
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

/// What it costs to add a duration to a sketch, to merge two, and to ask for percentiles;
/// log-normal durations around 3 ms.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SketchBenchmark {
  private static final int VALUES = 1 << 14;

  private final long[] values = new long[VALUES];
  private final LatencySketch filled = new LatencySketch();
  private final LatencySketch growing = new LatencySketch();
  private int next;

  /// Fills the values.
  public SketchBenchmark() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < VALUES; i++) {
      values[i] = (long) Math.exp(8 + 0.7 * random.nextGaussian());
      filled.add(values[i]);
    }
  }

  /// Adding one duration.
  @Benchmark
  public void add() {
    growing.add(values[next++ & (VALUES - 1)]);
  }

  /// Merging a sketch of 16,384 durations into another.
  @Benchmark
  public void merge() {
    growing.merge(filled);
  }

  /// The usual percentiles of one window.
  @Benchmark
  public Object percentiles() {
    return filled.stats(1, Long.MAX_VALUE);
  }
}
