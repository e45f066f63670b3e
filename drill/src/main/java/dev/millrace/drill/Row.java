package dev.millrace.drill;

/// What a row of a window says.
record Row(Counts counts, long late, int revision, boolean isFinal) {
  @Override
  public String toString() {
    return counts
        + ", late "
        + late
        + ", revision "
        + revision
        + (isFinal ? ", final" : ", not final");
  }
}
