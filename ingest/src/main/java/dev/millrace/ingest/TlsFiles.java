package dev.millrace.ingest;

import java.nio.file.Path;

/// Where the certificate and its key are.
///
/// @param certificate PEM: the server's certificate, then those that lead to its root
/// @param key PEM: its private key, PKCS #8, not encrypted
public record TlsFiles(Path certificate, Path key) {}
