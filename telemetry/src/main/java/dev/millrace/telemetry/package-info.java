/// What the services share for being watched: [dev.millrace.telemetry.Telemetry] has the figures of
/// one service, its JVM and its Kafka clients, [dev.millrace.telemetry.TelemetryServer] answers
/// `/metrics` and `/health/…` where there is no HTTP server yet, [dev.millrace.telemetry.Health] is
/// how it is.
package dev.millrace.telemetry;
