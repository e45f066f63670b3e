/// Windows into a database: reads the window topics, writes each batch of rows together with its
/// Kafka offsets in one transaction, and answers questions about what was written. [SinkRunner] is
/// the way in, [WindowQueries] the way out, and [Verifier] compares the rows with what was sent.
package dev.millrace.sink;
