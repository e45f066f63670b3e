package dev.millrace.drill;

/// Where a record of the raw topic stands.
record Place(int partition, long offset) {
  @Override
  public String toString() {
    return partition + ":" + offset;
  }
}
