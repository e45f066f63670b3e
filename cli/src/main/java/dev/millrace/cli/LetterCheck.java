package dev.millrace.cli;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEventCodec;
import java.util.Optional;

/// Judges what is to become of a dead letter that is to be replayed.
final class LetterCheck {
  /// What is to become of a letter.
  enum Fate {
    /// It is an event now.
    READY("to be sent"),
    /// It was sent before.
    REPLAYED("replayed before, skipped"),
    /// Only its beginning is there.
    CUT_OFF("cut off, skipped: the queue has only their beginning"),
    /// It would come back as a dead letter.
    BAD("still no events, skipped");

    private final String text;

    Fate(String text) {
      this.text = text;
    }

    /// As a summary has it.
    String text() {
      return text;
    }
  }

  /// The judgement of one letter.
  ///
  /// @param why it is no event, if that is its fate
  /// @param value what to send, if that is its fate; null is one
  /// @param time its record's timestamp then, epoch milliseconds: when the event happened, or for
  ///   what is no event when it became a dead letter
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  record Verdict(Fate fate, String why, byte[] value, long time) {
    private static Verdict skip(Fate fate, String why) {
      return new Verdict(fate, why, null, 0);
    }
  }

  private final RequestEventCodec codec;
  private final boolean again;
  private final boolean unchecked;
  private final Optional<byte[]> mended;

  /// @param codec knows what an event is
  /// @param again whether what was replayed before may be replayed
  /// @param unchecked whether what is no event may be sent
  /// @param mended what to send instead of a letter's own value
  LetterCheck(RequestEventCodec codec, boolean again, boolean unchecked, Optional<byte[]> mended) {
    this.codec = codec;
    this.again = again;
    this.unchecked = unchecked;
    this.mended = mended;
  }

  Verdict judge(DeadLetter letter, ReplayedLetters replayed) {
    if (!again && replayed.contains(letter)) {
      return Verdict.skip(Fate.REPLAYED, "it was replayed before; --again replays it once more");
    }
    if (letter.isCutOff() && mended.isEmpty()) {
      return Verdict.skip(
          Fate.CUT_OFF,
          "the queue has only its beginning: it had a " + letter.error("truncated").orElseThrow());
    }
    byte[] value = mended.orElse(letter.value());
    try {
      if (value == null) {
        throw new InvalidEventException("record has no value");
      }
      return new Verdict(Fate.READY, "", value, codec.decode(value).time());
    } catch (InvalidEventException e) {
      return unchecked
          ? new Verdict(Fate.READY, "", value, letter.time().toEpochMilli())
          : Verdict.skip(Fate.BAD, e.getMessage());
    }
  }
}
