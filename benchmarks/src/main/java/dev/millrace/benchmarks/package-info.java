/// Measurements that anyone can repeat with `./millrace bench NAME`: one table, and JSON beside it.
package dev.millrace.benchmarks;
