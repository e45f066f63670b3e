package dev.millrace.loadgen;

import java.util.ArrayList;
import java.util.List;

/// A table of a report, for the terminal and for the page. The first column names the row.
///
/// @param caption what it shows
/// @param head names of the columns
/// @param rows as many cells each as there are columns
/// @param numbers whether all columns but the first are numbers, and stand at the right
record RunTable(String caption, List<String> head, List<List<String>> rows, boolean numbers) {

  /// Lines of text, columns under each other.
  List<String> lines() {
    int[] widths = new int[head.size()];
    rows.forEach(row -> widen(widths, row));
    widen(widths, head);
    List<List<String>> all = new ArrayList<>();
    if (head.stream().anyMatch(name -> !name.isEmpty())) {
      all.add(head);
    }
    all.addAll(rows);
    return all.stream().map(row -> line(row, widths)).toList();
  }

  private static void widen(int[] widths, List<String> row) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], row.get(i).length());
    }
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder("  ");
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - row.get(i).length());
      boolean right = numbers && i > 0;
      line.append(right ? padding : "")
          .append(row.get(i))
          .append(right ? "" : padding)
          .append("  ");
    }
    return line.toString().stripTrailing();
  }

  /// A table of HTML that can be scrolled by keyboard where it is too wide.
  String html() {
    StringBuilder html =
        new StringBuilder("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
            .append(Html.escape(caption))
            .append("\"><table")
            .append(numbers ? " class=\"numbers\"" : "")
            .append("><caption>")
            .append(Html.escape(caption))
            .append("</caption><thead><tr>");
    head.forEach(
        name -> html.append("<th scope=\"col\">").append(Html.escape(name)).append("</th>"));
    html.append("</tr></thead><tbody>\n");
    for (List<String> row : rows) {
      html.append("<tr><th scope=\"row\">").append(Html.escape(row.getFirst())).append("</th>");
      row.subList(1, row.size())
          .forEach(cell -> html.append("<td>").append(Html.escape(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }
}
