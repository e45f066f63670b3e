package dev.millrace.cli;

/// What somebody has typed: a character, or a key that is none.
///
/// @param name which key; CHARACTER if it is one
/// @param character its code point; 0 for a key that is none
record Key(Name name, int character) {
  /// Keys that are no characters.
  enum Name {
    /// One that is.
    CHARACTER,
    /// Enter.
    ENTER,
    /// Ctrl-C.
    INTERRUPT,
    /// Escape.
    ESCAPE,
    /// Backspace.
    BACKSPACE,
    /// Up.
    UP,
    /// Down.
    DOWN,
    /// Page up.
    PAGE_UP,
    /// Page down.
    PAGE_DOWN,
    /// Home.
    HOME,
    /// End.
    END,
    /// One that means nothing here.
    OTHER
  }

  static Key of(Name name) {
    return new Key(name, 0);
  }

  static Key of(int character) {
    return new Key(Name.CHARACTER, character);
  }
}
