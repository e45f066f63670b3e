package dev.millrace.drill;

import java.time.Duration;
import java.util.List;

/// What happens to the connections of one part with another.
///
/// @param mode how the link is meanwhile; null to cut all connections, again every two seconds
record LinkFault(String name, Link.Mode mode, int leastS, int mostS, Duration calm)
    implements Fault {
  static LinkFault cut() {
    return new LinkFault("cut", null, 5, 10, Duration.ofSeconds(10));
  }

  @Override
  public String sentence() {
    String what =
        mode == null
            ? "Cuts all connections between two parts (RST), again and again"
            : switch (mode) {
              case SLOW -> "Passes on what two parts send each other in pieces, one each 100 ms";
              case BLACK_HOLE -> "Nothing between two parts arrives, and no connection ends";
              case HALF_OPEN -> "Connections are gone for the one side and open for the other";
              case CLIENT_UNHEARD, WHOLE -> throw new IllegalStateException("no fault");
            };
    return what + ", for " + leastS + " to " + mostS + " s.";
  }

  @Override
  public List<String> targets() {
    return Links.NAMES;
  }

  @Override
  public Duration least() {
    return Duration.ofSeconds(leastS);
  }

  @Override
  public Duration most() {
    return Duration.ofSeconds(mostS);
  }

  @Override
  public boolean begin(Pipeline pipeline, String target) {
    pipeline.link(target).takeEffect();
    if (mode == null) {
      pipeline.link(target).cutRepeatedly();
    } else {
      pipeline.link(target).set(mode);
    }
    return true;
  }

  /// Connections that were cut or lost, or pieces that were held back or delayed.
  @Override
  public long end(Pipeline pipeline, String target) {
    long effect = pipeline.link(target).takeEffect();
    pipeline.link(target).set(Link.Mode.WHOLE);
    return effect;
  }
}
