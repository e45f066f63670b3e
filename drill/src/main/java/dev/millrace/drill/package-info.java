/// Fault drills: the whole pipeline in processes of its own, broken on a schedule that a seed
/// decides, and judged to the event.
package dev.millrace.drill;
