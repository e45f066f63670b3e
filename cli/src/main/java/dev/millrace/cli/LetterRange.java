package dev.millrace.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Dead letters by where they stand in the queue: `0-17` is the one at offset 17 of partition 0,
/// `0-17..25` are those up to offset 25, `0-17..` all from there on.
///
/// @param from the first offset
/// @param to the last offset
record LetterRange(int partition, long from, long to) {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,9})[-:](\\d{1,18})(?:(\\.\\.)(\\d{1,18})?)?");

  /// As an argument has it.
  static final class Converter implements ITypeConverter<LetterRange> {
    @Override
    public LetterRange convert(String text) {
      return parse(text);
    }
  }

  /// @throws TypeConversionException with the text and what would do
  static LetterRange parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'"
              + text
              + "' names no dead letter; write PARTITION-OFFSET as 'dlq list' shows it: 0-17,"
              + " 0-17..25, or 0-17.. for all from there on");
    }
    long from = Long.parseLong(matcher.group(2));
    long to =
        matcher.group(3) == null
            ? from
            : matcher.group(4) == null ? Long.MAX_VALUE : Long.parseLong(matcher.group(4));
    if (to < from) {
      throw new TypeConversionException("'" + text + "': the last offset is before the first");
    }
    return new LetterRange(Integer.parseInt(matcher.group(1)), from, to);
  }

  /// Whether it names one letter, and so one that somebody has looked at.
  boolean isOne() {
    return from == to;
  }

  boolean contains(int otherPartition, long offset) {
    return otherPartition == partition && offset >= from && offset <= to;
  }
}
