package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnePlatformTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "librocksdbjni-linux64.so",
        "org/sqlite/native/Linux/x86_64/libsqlitejdbc.so",
        "linux/amd64/libzstd-jni-1.5.6-10.so",
        "org/xerial/snappy/native/Linux/x86_64/libsnappyjava.so",
        "net/jpountz/util/linux/amd64/liblz4-java.so"
      })
  void keepsLibrariesOfThePlatform(String path) {
    assertTrue(new OnePlatform("amd64").isOurs(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "librocksdbjni-linux64-musl.so",
        "librocksdbjni-linux-aarch64.so",
        "librocksdbjni-linux32.so",
        "librocksdbjni-osx-x86_64.jnilib",
        "librocksdbjni-win64.dll",
        "org/sqlite/native/Linux-Musl/x86_64/libsqlitejdbc.so",
        "org/sqlite/native/Mac/x86_64/libsqlitejdbc.dylib",
        "freebsd/amd64/libzstd-jni-1.5.6-10.so",
        "org/xerial/snappy/native/Linux/android-aarch64/libsnappyjava.so"
      })
  void leavesOutLibrariesOfOthers(String path) {
    assertTrue(OnePlatform.isNative(path));
    assertFalse(new OnePlatform("amd64").isOurs(path));
  }

  @Test
  void keepsThoseOfArm() {
    OnePlatform arm = new OnePlatform("aarch64");
    assertTrue(arm.isOurs("librocksdbjni-linux-aarch64.so"));
    assertTrue(arm.isOurs("linux/aarch64/libzstd-jni-1.5.6-10.so"));
    assertFalse(arm.isOurs("librocksdbjni-linux-aarch64-musl.so"));
    assertFalse(arm.isOurs("librocksdbjni-linux64.so"));
    assertFalse(arm.isOurs("librocksdbjni-osx-arm64.jnilib"));
  }

  @Test
  void refusesAPlatformThatItHasNoNamesFor() {
    assertThrows(IllegalArgumentException.class, () -> new OnePlatform("s390x"));
  }

  @Test
  void copiesTheRestAsItIs() throws IOException {
    Path jar = jar("a/B.class", "liba-linux64.so", "liba-win64.dll", "META-INF/MANIFEST.MF");
    Path copy = folder.resolve("copy.jar");
    new OnePlatform("amd64").copy(jar, copy);
    try (ZipFile copied = new ZipFile(copy.toFile())) {
      List<String> names = copied.stream().map(ZipEntry::getName).toList();
      assertEquals(List.of("a/B.class", "liba-linux64.so", "META-INF/MANIFEST.MF"), names);
      assertArrayEquals(
          "a/B.class".getBytes(StandardCharsets.UTF_8),
          copied.getInputStream(copied.getEntry("a/B.class")).readAllBytes());
    }
  }

  @Test
  void leavesAJarWithoutLibrariesUntouched() throws IOException {
    Path jar = jar("a/B.class");
    Path copy = folder.resolve("copy.jar");
    new OnePlatform("amd64").copy(jar, copy);
    assertArrayEquals(Files.readAllBytes(jar), Files.readAllBytes(copy));
  }

  @Test
  void refusesAJarThatHasLibrariesAndNoneForThisPlatform() throws IOException {
    Path jar = jar("a/B.class", "liba-win64.dll");
    IOException refused =
        assertThrows(
            IOException.class,
            () -> new OnePlatform("amd64").copy(jar, folder.resolve("copy.jar")));
    assertTrue(refused.getMessage().contains(jar.toString()), refused.getMessage());
  }

  /// Each entry has its name for content.
  private Path jar(String... entries) throws IOException {
    Path jar = folder.resolve("original.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String entry : entries) {
        out.putNextEntry(new ZipEntry(entry));
        out.write(entry.getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }
}
