package dev.millrace.cli;

/// A failure that the user can do something about. The message is the sentence they read: what was
/// wrong, with which value, what to do.
final class UserException extends RuntimeException {
  UserException(String sentence) {
    super(sentence);
  }

  UserException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
