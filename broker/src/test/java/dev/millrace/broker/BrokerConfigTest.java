package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerConfigTest {
  private static final Path DIR = Path.of("data");

  @Test
  void listensOnThisMachineOnlyByDefault() {
    assertEquals(
        new BrokerConfig(DIR, BrokerConfig.ANY_PORT, "127.0.0.1", Map.of()),
        new BrokerConfig(DIR, BrokerConfig.ANY_PORT));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9092, 65_535})
  void takesAnyPortThatThereIs(int port) {
    assertEquals(port, new BrokerConfig(DIR, port).port());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536, 70_000})
  void refusesPortThatThereIsNot(int port) {
    assertEquals(
        "--port %d: must be 0 to 65535".formatted(port), refusal(DIR, port, "localhost", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"broker-1", "my_host.example.org", "10.0.0.1", "::1", "fe80::1:2"})
  void takesNamesAndAddresses(String host) {
    assertEquals(host, new BrokerConfig(DIR, 0, host, Map.of()).host());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a:9092", "[::1]", "PLAINTEXT://a"})
  void refusesWhatIsNoHost(String host) {
    assertEquals(
        "--host '%s': must be one host name or IP address, without brackets or port"
            .formatted(host),
        refusal(DIR, 0, host, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void refusesToTellClientsTheWildcardAddress(String host) {
    assertTrue(refusal(DIR, 0, host, Map.of()).startsWith("--host " + host + ": "));
  }

  @Test
  void takesTheWildcardAddressIfClientsAreToldAnother() {
    Map<String, String> told = Map.of("advertised.listeners", "PLAINTEXT://broker:9092");
    assertEquals("0.0.0.0", new BrokerConfig(DIR, 9092, "0.0.0.0", told).host());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b"})
  void refusesFolderThatKafkaWouldMisread(String dir) {
    assertTrue(
        refusal(Path.of(dir), 0, "localhost", Map.of()).startsWith("--data '%s': ".formatted(dir)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"listeners", "node.id", "log.dirs", "controller.quorum.voters"})
  void refusesSettingsThatHoldTheBrokerTogether(String name) {
    assertEquals(
        "--kafka %s=x: is set by the embedded broker itself".formatted(name),
        refusal(DIR, 0, "localhost", Map.of(name, "x")));
  }

  @Test
  void keepsItsOwnCopyOfTheSettings() {
    Map<String, String> mine = new HashMap<>(Map.of("num.io.threads", "1"));
    BrokerConfig config = new BrokerConfig(DIR, 0, "localhost", mine);
    mine.clear();
    assertEquals(Map.of("num.io.threads", "1"), config.extra());
  }

  private static String refusal(Path dir, int port, String host, Map<String, String> extra) {
    return assertThrows(
            IllegalArgumentException.class, () -> new BrokerConfig(dir, port, host, extra))
        .getMessage();
  }
}
