package dev.millrace.processor;

import dev.millrace.events.RequestEvent;
import java.util.OptionalLong;

/// What the windows need of an event once its series and its time are the record's key and
/// timestamp.
record Measurement(int status, OptionalLong durationUs, long bytes) {
  static Measurement of(RequestEvent event) {
    return new Measurement(event.status(), event.durationUs(), event.bytes());
  }
}
