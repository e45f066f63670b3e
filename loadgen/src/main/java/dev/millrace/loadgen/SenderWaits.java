package dev.millrace.loadgen;

/// Where events waited on their way to the target, by the account of the client.
///
/// @param blockedS seconds for which sending waited for the client's buffer to have room
/// @param queueMs mean time that a batch waited in that buffer, milliseconds
/// @param requestMs mean time until the target answered a request, milliseconds
record SenderWaits(double blockedS, double queueMs, double requestMs) {
  static final SenderWaits NONE = new SenderWaits(0, 0, 0);
}
