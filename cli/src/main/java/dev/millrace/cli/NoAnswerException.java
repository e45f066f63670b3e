package dev.millrace.cli;

/// Kafka did not tell what it was asked, perhaps because it may not.
final class NoAnswerException extends Exception {
  NoAnswerException(String sentence) {
    super(sentence);
  }

  NoAnswerException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
