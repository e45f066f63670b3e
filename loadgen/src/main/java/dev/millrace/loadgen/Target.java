package dev.millrace.loadgen;

import java.io.IOException;
import java.time.Duration;
import org.apache.kafka.clients.producer.Callback;

/// Where events go. One thread sends; what became of an event is told to its callback, in a thread
/// of the target's own and one after the other, or, if the event was not even taken, within `send`.
interface Target extends AutoCloseable {
  /// Waits until events can be sent, so that the first one does not have to.
  ///
  /// @throws IOException with a sentence, if that takes too long or somebody wants the end
  void awaitReady() throws IOException;

  /// Takes an event. Waits for room if there is none, but not for long; what is not taken then is
  /// told to the callback, before this returns, as Kafka's `BufferExhaustedException`.
  ///
  /// @param key null for none
  /// @param json the event; may be used again once this returns
  /// @param time event time, epoch milliseconds
  void send(byte[] key, byte[] json, long time, Callback whenSettled);

  /// What is to be said when there is no room.
  String noRoom();

  /// Waits until the fate of everything sent so far is known. May take longer than it should.
  void flush();

  /// How long that should take at most.
  Duration settleTime();

  /// Where events have waited so far.
  SenderWaits waits();

  /// Ends it. What is on its way is waited for, but not for long.
  @Override
  void close();

  /// Ends it at once: what is on its way has an unknown fate, and is told so before this returns.
  void abandon();
}
