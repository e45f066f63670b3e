package dev.millrace.processor;

import dev.millrace.events.Series;

/// Key of a rollup: a series in one window, by the window's start in epoch milliseconds.
record SeriesWindow(long startMs, Series series) {}
