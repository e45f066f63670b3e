package dev.millrace.benchmarks;

/// A benchmark that could not be run to its end. The message is a sentence for the user.
public final class BenchException extends RuntimeException {
  BenchException(String sentence) {
    super(sentence);
  }

  BenchException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
