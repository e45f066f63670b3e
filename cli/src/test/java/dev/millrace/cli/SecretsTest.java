package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {
  @ParameterizedTest
  @CsvSource({
    "sasl.jaas.config=x password=y, sasl.jaas.config=(left out)",
    "--kafka=ssl.keystore.password=abc, --kafka=ssl.keystore.password=(left out)",
    "ssl.keystore.key=abc, ssl.keystore.key=(left out)",
    "sasl.oauthbearer.client.credentials.client.secret=abc,"
        + " sasl.oauthbearer.client.credentials.client.secret=(left out)",
    "SSL.TRUSTSTORE.PASSWORD=a=b, SSL.TRUSTSTORE.PASSWORD=(left out)",
    "linger.ms=5, linger.ms=5",
    "--rate, --rate",
    "key.serializer=x, key.serializer=x"
  })
  void onlyValuesOfSecretSettingsAreLeftOut(String argument, String written) {
    assertEquals(List.of(written), Secrets.leftOut(List.of(argument)));
  }
}
