/// Makes load, replays logs, and keeps the ledger of what was sent. A run is a measurement: its
/// figures must hold against what the pipeline counts.
package dev.millrace.loadgen;
