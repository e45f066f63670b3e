/// The HTTP edge. So far it has its configuration and its health endpoints; events come to Kafka
/// from the load generator and from replayed logs.
package dev.millrace.ingest;
