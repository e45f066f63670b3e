package dev.millrace.drill;

/// What a row of a window says.
record Row(Counts counts, long late, int revision, boolean isFinal) {}
