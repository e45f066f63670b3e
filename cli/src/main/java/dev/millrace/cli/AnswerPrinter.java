package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.sink.SqlReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Prints the answer to a query as it comes, in one of three forms.
sealed interface AnswerPrinter extends SqlReader.Answer {
  /// Prints what is still to be printed.
  void end();

  /// A table for people. The first rows say how wide it is, so that an answer of any length needs
  /// little memory.
  final class Table implements AnswerPrinter {
    private static final int SAMPLE = 1_000;

    private final PrintWriter out;
    private final List<List<Object>> sample = new ArrayList<>();
    private List<String> names;
    private TextTable table;

    Table(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void columns(List<String> columns) {
      names = columns;
    }

    @Override
    public boolean row(List<Object> values) {
      if (table != null) {
        print(table.line(values));
      } else {
        sample.add(values);
        if (sample.size() == SAMPLE) {
          end();
        }
      }
      return true;
    }

    @Override
    public void end() {
      if (table == null) {
        table = new TextTable(names, sample);
        print(table.header());
        print(table.rule());
        sample.forEach(row -> print(table.line(row)));
        sample.clear();
      }
    }

    private void print(String line) {
      out.print(line + "\n");
    }
  }

  /// A line of JSON for each row.
  final class Json implements AnswerPrinter {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final PrintWriter out;
    private final List<String> names = new ArrayList<>();

    Json(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void columns(List<String> columns) {
      Set<String> taken = new HashSet<>();
      for (String column : columns) {
        String name = column;
        for (int i = 2; !taken.add(name); i++) {
          name = column + "_" + i;
        }
        names.add(name);
      }
    }

    @Override
    public boolean row(List<Object> values) {
      StringWriter line = new StringWriter();
      try (JsonGenerator json = FACTORY.createGenerator(line)) {
        json.writeStartObject();
        for (int i = 0; i < names.size(); i++) {
          json.writeFieldName(names.get(i));
          switch (values.get(i)) {
            case null -> json.writeNull();
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case Object text -> json.writeString(text.toString());
          }
        }
        json.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      out.print(line + "\n");
      return true;
    }

    @Override
    public void end() {
      // Every row is out already.
    }
  }

  /// Comma-separated values with a line of names (RFC 4180). NULL is nothing, an empty text is
  /// `""`.
  final class Csv implements AnswerPrinter {
    private final PrintWriter out;

    Csv(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void columns(List<String> columns) {
      out.print(columns.stream().map(Csv::text).collect(Collectors.joining(",")) + "\n");
    }

    @Override
    public boolean row(List<Object> values) {
      out.print(values.stream().map(Csv::value).collect(Collectors.joining(",")) + "\n");
      return true;
    }

    private static String value(Object value) {
      return switch (value) {
        case null -> "";
        case Double number -> Units.number(number);
        case Long number -> number.toString();
        case Object text -> text(text.toString());
      };
    }

    private static String text(String text) {
      boolean plain =
          !text.isEmpty() && text.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
      return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    @Override
    public void end() {
      // Every row is out already.
    }
  }
}
