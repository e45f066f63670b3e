package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTemplateTest {
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /orders/42,                                           /orders/{id}
          /orders/42/,                                          /orders/{id}/
          /orders/42/lines/0,                                   /orders/{id}/lines/{id}
          /42,                                                  /{id}
          /u/123e4567-e89b-12d3-a456-426614174000/avatar,       /u/{id}/avatar
          /u/123E4567-E89B-12D3-A456-426614174000,              /u/{id}
          /commit/3f2a8b1c,                                     /commit/{id}
          /commit/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b,     /commit/{id}
          /k/01ARZ3NDEKTSV4RRFFQ69G5FAV,                        /k/{id}
          /t/0ujtsYcgvSTl8PAuAdqWYSMnLOv,                       /t/{id}
          /images/12345.png,                                    /images/{id}.png
          /dumps/12345.tar.gz,                                  /dumps/{id}.tar.gz
          /u/123e4567-e89b-12d3-a456-426614174000.json,         /u/{id}.json
          """)
  void foldsIds(String path, String route) {
    assertEquals(route, RouteTemplate.of(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/v1/orders",
        "/deadbeef/facade/decade",
        "/3f2a8b1",
        "/order-123/item_7",
        "/2015-05-17",
        "/jquery-1.9.1.min.js",
        "/1.2.3",
        "/12345.20150517",
        "/12345.",
        "/a.12345",
        "/internationalizationandlocalization",
        "/grok-2-is-a-rather-long-name-of-a-page",
        "/123e4567-e89b-12d3-a456-42661417400g",
        "/123e4567-e89b-12d3-a456-42661417-000",
        "/123e4567ae89b-12d3-a456-4266-4174000",
        "/a%20b/%31",
        "//a//b/",
        "/Case/Stays",
        "/redirect/http://example.com/x",
      })
  void keepsWhatIsNoId(String path) {
    assertEquals(path, RouteTemplate.of(path));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /a?b=1,                             /a
          /a#b,                               /a
          /a#b?c,                             /a
          /7?x=/8,                            /{id}
          /?q,                                /
          ?q,                                 /
          '',                                 /
          /cart;jsessionid=A1/items;v=2?x,    /cart/items
          ;a,                                 /
          """)
  void dropsQueryFragmentAndPathParameters(String path, String route) {
    assertEquals(route, RouteTemplate.of(path));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          http://example.com/a/1,      /a/{id}
          HTTPS://user@[::1]:8443/a,   /a
          http://example.com,          /
          http://example.com?x=/y,     /
          http://,                     /
          """)
  void dropsSchemeAndAuthority(String target, String route) {
    assertEquals(route, RouteTemplate.of(target));
  }

  @Test
  void asteriskIsNeverARoute() {
    assertEquals("(asterisk)", RouteTemplate.of("*"));
    assertEquals("(asterisk)", RouteTemplate.of("*?x"));
    assertEquals("(asterisk)", RouteTemplate.of("*;x"));
    assertEquals("/*", RouteTemplate.of("/*"));
  }

  @Test
  void cutsLongRoutes() {
    assertEquals("/" + "a".repeat(511), RouteTemplate.of("/" + "a".repeat(511)));
    assertEquals("/" + "a".repeat(508) + "...", RouteTemplate.of("/" + "a".repeat(512)));
    assertEquals(512, RouteTemplate.of("/abc/12345".repeat(6000)).length());
  }

  @Test
  void longIdsDoNotMakeALongRoute() {
    assertEquals("/{id}", RouteTemplate.of("/" + "7".repeat(60_000)));
  }

  @Test
  void recognisesAbsoluteUris() {
    assertTrue(RouteTemplate.isAbsolute("http://a"));
    assertTrue(RouteTemplate.isAbsolute("coap+tcp://a"));
    assertFalse(RouteTemplate.isAbsolute("/http://a"));
    assertFalse(RouteTemplate.isAbsolute("example.com:80"));
    assertFalse(RouteTemplate.isAbsolute("a/b://c"));
    assertFalse(RouteTemplate.isAbsolute("://a"));
    assertFalse(RouteTemplate.isAbsolute(""));
  }

  @Test
  void everyRouteIsValidAndItsOwnTemplate() {
    String alphabet = "abcdefgzAZ0123456789----....//////;;?#*%:{}_~é";
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      StringBuilder path = new StringBuilder(random.nextInt(8) == 0 ? "" : "/");
      int length = random.nextInt(random.nextInt(50) == 0 ? 700 : 30);
      for (int j = 0; j < length; j++) {
        path.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String route = RouteTemplate.of(path.toString());
      assertFalse(route.isEmpty(), path::toString);
      assertNotEquals("*", route);
      assertTrue(route.length() <= RouteTemplate.MAX_LENGTH, path::toString);
      if (route.startsWith("/")) {
        assertEquals(route, RouteTemplate.of(route), path::toString);
      }
    }
  }
}
