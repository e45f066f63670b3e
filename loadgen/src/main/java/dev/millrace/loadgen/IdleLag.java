package dev.millrace.loadgen;

import java.util.List;
import java.util.Optional;

/// How far the pipeline is behind while a search sends nothing, in records: what Kafka's markers
/// leave, and what comes in if somebody else sends. Who is no further behind than that is done.
///
/// @param input of the processor
/// @param sums of its second half
/// @param rows of the sink
record IdleLag(long input, long sums, long rows) {
  /// A lag that has not been lower for so long rests: a group commits about once a second.
  static final long REST_MS = 3_000;

  /// Done with a rate is who is no further behind than this much of it, seconds.
  private static final double DONE_S = 0.1;

  /// Of a second's sums or rows at most so many wait for somebody who is not behind.
  private static final long DONE_RECORDS = 1_000;

  private static final IdleLag MOST = new IdleLag(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

  /// The lowest of each: a lag is a saw, and what there was before may still be worked off.
  ///
  /// @param looks in the order of their time
  /// @return empty as long as any of them has been lower of late
  static Optional<IdleLag> of(List<LagSampler.Look> looks) {
    IdleLag least = MOST;
    long sinceMs = 0;
    long nowMs = 0;
    for (LagSampler.Look look : looks) {
      nowMs = look.input().atMs();
      IdleLag next = least.orLess(look);
      if (!next.equals(least)) {
        least = next;
        sinceMs = nowMs;
      }
    }
    return nowMs - sinceMs >= REST_MS ? Optional.of(least) : Optional.empty();
  }

  private IdleLag orLess(LagSampler.Look look) {
    return new IdleLag(
        Math.min(input, look.input().lag()),
        Math.min(sums, look.sums().lag()),
        Math.min(rows, rows(look)));
  }

  private static long rows(LagSampler.Look look) {
    return look.rows() == null ? 0 : look.rows().lag();
  }

  /// Whether what was sent at a rate has been worked off.
  boolean isDone(LagSampler.Look look, double perS) {
    return look.input().lag() <= Math.max(input, perS * DONE_S)
        && look.sums().lag() <= Math.max(sums, DONE_RECORDS)
        && rows(look) <= Math.max(rows, DONE_RECORDS);
  }

  /// Records that wait for anybody.
  static long all(LagSampler.Look look) {
    return look.input().lag() + look.sums().lag() + rows(look);
  }
}
