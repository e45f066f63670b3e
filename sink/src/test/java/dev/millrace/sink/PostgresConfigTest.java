package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresConfigTest {
  @Test
  void isCalledByItsAddressAlone() {
    PostgresConfig config = config("jdbc:postgresql://db:5433/windows?user=a&password=hunter2");
    assertEquals("--jdbc-url jdbc:postgresql://db:5433/windows", config.name());
    assertEquals("windows", config.database());
    assertFalse(config.toString().contains("hunter2"));
  }

  @Test
  void knowsWhetherTheUrlHasAPassword() {
    assertTrue(config("jdbc:postgresql://db/windows?password=x").hasPasswordInUrl());
    assertTrue(config("jdbc:postgresql://db/windows?ssl=true&sslpassword=x").hasPasswordInUrl());
    assertFalse(config("jdbc:postgresql://db/windows?user=password").hasPasswordInUrl());
  }

  @Test
  void doesNotWaitForEverUnlessTold() {
    PostgresConfig usual = config("jdbc:postgresql://db/windows");
    assertEquals("60", usual.properties().getProperty("socketTimeout"));
    PostgresConfig own =
        new PostgresConfig("jdbc:postgresql://db/windows", Map.of("socketTimeout", "5"));
    assertEquals("5", own.properties().getProperty("socketTimeout"));
  }

  @Test
  void refusesOtherAddressesWithoutShowingSecrets() {
    assertRefused(
        "jdbc:mysql://db/windows?password=hunter2", "--jdbc-url 'jdbc:mysql://db/windows'");
    assertRefused("postgresql://db/windows", "--jdbc-url 'postgresql://db/windows'");
    assertRefused("jdbc:postgresql://me:hunter2@db/windows", "--jdbc-url has a user in front");
    assertRefused("postgresql://me:hunter2@db/windows", "--jdbc-url has a user in front");
    assertRefused("", "--jdbc-url ''");
  }

  private static void assertRefused(String url, String start) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> config(url));
    assertTrue(refusal.getMessage().startsWith(start), refusal.getMessage());
    assertFalse(refusal.getMessage().contains("hunter2"), refusal.getMessage());
  }

  private static PostgresConfig config(String url) {
    return new PostgresConfig(url, Map.of());
  }
}
