/// The HTTP edge: takes events from anybody who speaks HTTP/1.1, judges them by the contract, and
/// answers when Kafka has them. A connection is a virtual thread that reads, waits and writes in
/// plain blocking code; [dev.millrace.ingest.IngestServer] puts the parts together.
package dev.millrace.ingest;
