package dev.millrace.sink;

/// How the sink is.
///
/// @param live whether it can go on; if not, only a new start helps
/// @param ready whether it is writing, or would if there was something to write
/// @param cause why it is not live or not ready, as a sentence; empty if it is both
public record SinkHealth(boolean live, boolean ready, String cause) {}
