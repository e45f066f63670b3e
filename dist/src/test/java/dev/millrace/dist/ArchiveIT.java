package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The archive as its users get it: unpacked somewhere else, on a machine without Java.
class ArchiveIT {
  private static final String WORKS_ON_A_MACHINE_WITHOUT_JAVA = "PATH=/usr/bin:/bin";

  @TempDir private static Path folder;
  private static Path home;

  private record Result(int code, String out, String err) {}

  @BeforeAll
  static void unpack() throws Exception {
    List<Path> archives;
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      archives = files.filter(file -> file.toString().endsWith(".tar.gz")).toList();
    }
    assertEquals(1, archives.size(), archives::toString);
    Path elsewhere = Files.createDirectory(folder.resolve("else where"));
    Result tar =
        run(List.of("tar", "-xzf", archives.getFirst().toString(), "-C", elsewhere.toString()));
    assertEquals(0, tar.code(), tar.err());
    try (Stream<Path> unpacked = Files.list(elsewhere)) {
      home = unpacked.toList().getFirst();
    }
  }

  @Test
  void runsThePipelineWithoutJava() throws Exception {
    Result demo =
        millrace(
            "demo",
            "--http",
            "--no-page",
            "--duration",
            "2s",
            "--rate",
            "2k",
            "--data",
            folder.resolve("demo").toString());
    assertEquals(0, demo.code(), demo.out() + demo.err());
    assertTrue(demo.out().contains("The ledger balances"), demo.out());
  }

  @Test
  void saysNothingButItsVersion() throws Exception {
    requireVersionAlone(millrace("--version"));
  }

  private static void requireVersionAlone(Result version) {
    assertEquals(0, version.code(), version.err());
    assertTrue(version.out().startsWith("millrace "), version.out());
    assertEquals(1, version.out().lines().count(), version.out());
    assertEquals("", version.err());
  }

  @Test
  void theCacheFitsWhereverItIsUnpacked() throws Exception {
    Result strict = strictly("-Xlog:class+load");
    assertEquals(0, strict.code(), strict.out() + strict.err());
    assertTrue(
        strict.out().contains(" dev.millrace.cli.Main source: shared objects file"), strict.out());
  }

  @Test
  void isSilentWithOptionsThatDoNotFitTheCache() throws Exception {
    String other = "-XX:+UseCompactObjectHeaders";
    assertNotEquals(0, strictly(other).code());
    requireVersionAlone(millrace("-J" + other, "--version"));
  }

  @Test
  void passesOptionsToTheJvm() throws Exception {
    Result options = millrace("-J-Xmx64m", "-J-XX:+PrintFlagsFinal", "--version");
    assertTrue(
        options.out().lines().anyMatch(line -> line.matches(".* MaxHeapSize += 67108864 .*")),
        options.out());
  }

  @Test
  void runsThroughALink() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, home.resolve("bin/millrace"));
    assertEquals(0, run(List.of("env", "-i", link.toString(), "--version")).code());
  }

  @Test
  void hasItsBillOfMaterials() throws IOException {
    String materials = Files.readString(home.resolve("sbom.json"));
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      List<String> missing =
          jars.map(jar -> jar.getFileName().toString())
              .filter(name -> name.endsWith(".jar"))
              .filter(name -> !materials.contains(name.replaceFirst("-\\d.*", "")))
              .toList();
      assertEquals(List.of(), missing);
    }
  }

  private static Result millrace(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "env", "-i", WORKS_ON_A_MACHINE_WITHOUT_JAVA, home.resolve("bin/millrace").toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /// Runs the JVM as the launcher does, but so that it refuses a cache that does not fit.
  private static Result strictly(String option) throws IOException, InterruptedException {
    return run(
        List.of(
            home.resolve("runtime/bin/java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:AOTCache=" + home.resolve("lib/millrace.aot"),
            "-XX:AOTMode=on",
            option,
            "-jar",
            home.resolve("millrace.jar").toString(),
            "--version"));
  }

  private static Result run(List<String> command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    int code = process.waitFor();
    return new Result(
        code,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
