package dev.millrace.cli;

/// One thing that the doctor looks at.
interface DoctorCheck {
  /// What it is called in the list of findings.
  String name();

  /// Looks, and says what it finds: at least one thing.
  ///
  /// @throws NoAnswerException if it cannot be found out
  void run(Findings findings) throws NoAnswerException, InterruptedException;
}
