package dev.millrace.loadgen;

import java.util.random.RandomGenerator;

/// Random numbers of one event after the other, where each event's depend on nothing but the seed
/// and its place in the run: so one process makes the same events as several that share them. It is
/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014), begun
/// anew for every event.
final class EventRandom implements RandomGenerator {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private final long seed;
  private long state;

  EventRandom(long seed) {
    this.seed = mix(seed);
  }

  /// The numbers to come are this event's.
  void begin(long index) {
    state = mix(seed + index * GAMMA);
  }

  @Override
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
