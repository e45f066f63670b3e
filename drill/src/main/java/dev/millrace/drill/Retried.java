package dev.millrace.drill;

import java.util.List;

/// A batch of a sender that sends again until it knows, and what became of it.
///
/// @param batch its name, and its `Idempotency-Key`
/// @param sentAtMs when it was sent first, epoch milliseconds
/// @param ids of its events
/// @param answers what came of each attempt, in their order
/// @param fate what the last one says
/// @param edges how many processes of the edge ran at some time from the first attempt to the last
///   answer
record Retried(
    String batch, long sentAtMs, List<String> ids, List<String> answers, Fate fate, int edges) {
  enum Fate {
    /// All of it is in Kafka.
    ACCEPTED,
    /// Answered in a way by which it would never be accepted.
    REFUSED,
    /// The end came before an answer that says so.
    OPEN
  }

  Retried {
    ids = List.copyOf(ids);
    answers = List.copyOf(answers);
  }

  int attempts() {
    return answers.size();
  }

  /// How often each event is on the raw topic at least.
  int least() {
    return fate == Fate.ACCEPTED ? 1 : 0;
  }

  /// And at most: a process of the edge remembers what it has put there, and puts it there once.
  int most() {
    return Math.min(attempts(), edges);
  }

  @Override
  public String toString() {
    return batch
        + ", sent "
        + attempts()
        + " times ("
        + String.join(", ", answers)
        + ") to "
        + edges
        + (edges == 1 ? " process of the edge" : " processes of the edge");
  }
}
