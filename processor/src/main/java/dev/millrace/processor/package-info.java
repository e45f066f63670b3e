/// The Streams topology: raw events in, window rows out. [dev.millrace.processor.WindowsTopology]
/// is the whole of it; [dev.millrace.processor.ProcessorRunner] starts and stops it.
package dev.millrace.processor;
