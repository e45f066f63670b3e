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

  /// Whether it has all of the other, and perhaps more.
  boolean covers(Counts least) {
    return requests >= least.requests
        && errors >= least.errors
        && clientErrors >= least.clientErrors
        && bytes >= least.bytes;
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
