package dev.millrace.drill;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/// Runs a command as it is, in a process that ends when its standard input does: none is left over,
/// whatever the drill dies of. Each line on standard input names a file that this process is to
/// write its [Usage] into.
final class PartMain {
  private PartMain() {}

  public static void main(String[] args) throws Exception {
    Thread.ofPlatform().daemon().name("drill-input").start(PartMain::serve);
    Class.forName(args[0])
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
  }

  private static void serve() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        write(Path.of(line));
      }
    } catch (IOException e) {
      System.err.println("drill: " + e);
    } finally {
      // Nobody is there who could judge what it would still do.
      Runtime.getRuntime().halt(1);
    }
  }

  private static void write(Path file) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    new JsonMapper().writeValue(next.toFile(), Usage.measure());
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
