/// The `millrace` command. It wires the modules and talks to people; what there is to compute is
/// computed elsewhere.
package dev.millrace.cli;
