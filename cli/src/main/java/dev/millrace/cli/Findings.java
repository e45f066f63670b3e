package dev.millrace.cli;

import java.util.ArrayList;
import java.util.List;

/// Takes down what the doctor's checks find. Not thread-safe.
final class Findings {
  private final List<Finding> all = new ArrayList<>();
  private String check = "";

  /// From now on it is this check that finds.
  Findings of(String name) {
    check = name;
    return this;
  }

  void ok(String text) {
    add(Finding.Level.OK, text, "");
  }

  void unknown(String text, String remedy) {
    add(Finding.Level.UNKNOWN, text, remedy);
  }

  void warning(String text, String remedy) {
    add(Finding.Level.WARNING, text, remedy);
  }

  void problem(String text, String remedy) {
    add(Finding.Level.PROBLEM, text, remedy);
  }

  private void add(Finding.Level level, String text, String remedy) {
    all.add(new Finding(check, level, text, remedy));
  }

  /// Says that all is well, unless this check has found something else.
  void okUnlessFound(String text) {
    if (all.stream().noneMatch(finding -> finding.check().equals(check))) {
      ok(text);
    }
  }

  List<Finding> all() {
    return all;
  }

  long count(Finding.Level level) {
    return all.stream().filter(finding -> finding.level() == level).count();
  }
}
