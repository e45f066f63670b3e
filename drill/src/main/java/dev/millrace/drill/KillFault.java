package dev.millrace.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// `kill -9` of a part, and a start like the one a supervisor would make.
record KillFault(String name, String sentence, List<String> targets, Kind kind, Duration calm)
    implements Fault {
  enum Kind {
    ONCE,
    TWICE,
    DELETING_STATE
  }

  static KillFault once(String name, List<String> targets, Duration calm) {
    return new KillFault(
        name, "Kills it (kill -9) and starts it again 1 to 3 s later.", targets, Kind.ONCE, calm);
  }

  static KillFault twice(String name, List<String> targets, Duration calm) {
    return new KillFault(
        name,
        "Kills it, starts it at once, and kills it again 3 to 8 s later, while it restores.",
        targets,
        Kind.TWICE,
        calm);
  }

  static KillFault deletingState(String name, List<String> targets, Duration calm) {
    return new KillFault(
        name,
        "Kills a processor; its state folder, if it has one, is gone when it starts again.",
        targets,
        Kind.DELETING_STATE,
        calm);
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(kind == Kind.TWICE ? 3 : 1);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(kind == Kind.TWICE ? 8 : 3);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) throws IOException, InterruptedException {
    boolean ran = pipeline.kill(target);
    if (kind == Kind.TWICE) {
      pipeline.start(target);
    }
    return ran;
  }

  @Override
  public long end(Pipeline pipeline, String target) throws IOException, InterruptedException {
    long effect =
        switch (kind) {
          case ONCE -> 1;
          case TWICE -> pipeline.kill(target) ? 1 : 0;
          case DELETING_STATE -> {
            // There may be none: what does not fit into memory lies in files without a name.
            pipeline.deleteState(target);
            yield 1;
          }
        };
    pipeline.start(target);
    return effect;
  }
}
