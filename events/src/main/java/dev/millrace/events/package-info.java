/// The contract of the pipeline: what a raw event and a window row look like, byte for byte, and
/// the names of the topics they travel on. Every other module depends on this one, and this one on
/// nothing but Jackson.
package dev.millrace.events;
