package dev.millrace.drill;

import dev.millrace.events.RequestEvent;

/// Tells an event from all others, by what its sender knows of it too: the place in the run of the
/// load generator's, which is in their ids; the whole id of others.
///
/// @param sender its name; empty if the key is an id
/// @param key place in the run, or id
record EventKey(String sender, String key) {
  private static final String BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int ULID = 26;
  private static final int INDEX_FROM = 10;
  private static final int INDEX_TO = 18;

  static EventKey of(String sender, long index) {
    return new EventKey(sender, Long.toString(index));
  }

  static EventKey ofId(String id) {
    return new EventKey("", id);
  }

  /// Of an event of the load generator's, whose services are its name and a number.
  static EventKey of(RequestEvent event) {
    int dash = event.series().service().lastIndexOf('-');
    if (event.id().length() != ULID || dash < 0) {
      return ofId(event.id());
    }
    long index = 0;
    for (int i = INDEX_FROM; i < INDEX_TO; i++) {
      int digit = BASE32.indexOf(event.id().charAt(i));
      if (digit < 0) {
        return ofId(event.id());
      }
      index = 32 * index + digit;
    }
    return of(event.series().service().substring(0, dash), index);
  }
}
