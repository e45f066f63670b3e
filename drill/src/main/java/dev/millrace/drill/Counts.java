package dev.millrace.drill;

import dev.millrace.events.RequestEvent;

/// What is counted of events.
record Counts(long requests, long errors, long clientErrors, long bytes) {
  static final Counts NONE = new Counts(0, 0, 0, 0);

  static Counts of(RequestEvent event) {
    return new Counts(1, event.isError() ? 1 : 0, event.isClientError() ? 1 : 0, event.bytes());
  }

  Counts plus(Counts more) {
    return new Counts(
        requests + more.requests,
        errors + more.errors,
        clientErrors + more.clientErrors,
        bytes + more.bytes);
  }

  Counts minus(Counts less) {
    return new Counts(
        requests - less.requests,
        errors - less.errors,
        clientErrors - less.clientErrors,
        bytes - less.bytes);
  }

  @Override
  public String toString() {
    return "requests "
        + requests
        + ", errors "
        + errors
        + ", client errors "
        + clientErrors
        + ", bytes "
        + bytes;
  }
}
