package dev.millrace.drill;

import java.util.List;
import java.util.Map;

/// All that a verdict is made of.
///
/// @param raw what the raw topic holds
/// @param published what the processor has made of it
/// @param rows what the database says
/// @param sent what the senders say
/// @param openTransactions places that readers of committed records cannot pass
/// @param behind partitions without a leader or with replicas behind it, once all is over
/// @param growth of each part
/// @param troubles what parts did that they should not
/// @param flow what was broken, and what went through meanwhile
record Evidence(
    RawCount raw,
    Published published,
    Map<Cell, Row> rows,
    Sent sent,
    List<String> openTransactions,
    List<String> behind,
    List<Growth> growth,
    List<String> troubles,
    Flow flow) {}
