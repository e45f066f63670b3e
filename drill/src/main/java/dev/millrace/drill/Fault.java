package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// One way in which things break.
interface Fault {
  /// What a user calls it.
  String name();

  /// What it does, for `--list`.
  String sentence();

  /// What it can break; of those that a drill has, the seed chooses. `List.of("")` if there is
  /// nothing to choose.
  List<String> targets();

  /// How long it lasts at least.
  Duration least();

  /// How long it lasts at most.
  Duration most();

  /// How long the pipeline is given to come back.
  Duration calm();

  /// Whether it has come to its end when [#begin] returns, whenever that is. How long it lasts is
  /// then a guess, by which others are put behind it.
  default boolean isOverOnceBegun() {
    return false;
  }

  /// Breaks it, without waiting for what comes of it.
  ///
  /// @return whether there was something to break
  boolean begin(Pipeline pipeline, String target) throws IOException, InterruptedException;

  /// Mends it.
  ///
  /// @return how much was broken meanwhile, in whatever this breaks; 0 if it was no fault
  long end(Pipeline pipeline, String target) throws IOException, InterruptedException;
}
