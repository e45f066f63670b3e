package dev.millrace.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page as somebody sees it: a real browser, and a real demo behind it. Skipped where there is
/// no Chromium, or no Node.js for the driver.
class PageIT {
  /// A name that would run if it were taken for anything but text.
  private static final String EVIL = "<script>alert(1)</script>";

  private static final int PATIENCE_MS = 60_000;
  private static final Path PICTURES = Path.of("target", "page");

  @TempDir private Path folder;

  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private Playwright playwright;
  private Browser browser;

  @BeforeEach
  void startBrowser() {
    Optional<Path> chromium = program("chromium", "chromium-browser", "google-chrome");
    Optional<Path> node = program("node");
    assumeTrue(chromium.isPresent(), "no chromium: the page is not tried in a browser");
    assumeTrue(node.isPresent(), "no node: the page is not tried in a browser");
    playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(
                    Map.of(
                        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                        "1",
                        "PLAYWRIGHT_NODEJS_PATH",
                        node.get().toString())));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium.get())
                    // In a container, Chromium cannot make the sandbox that it wants.
                    .setArgs(List.of("--no-sandbox")));
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
  }

  @AfterEach
  void stopBrowser() {
    if (playwright != null) {
      playwright.close();
    }
  }

  private static Optional<Path> program(String... names) {
    return Arrays.stream(names)
        .flatMap(name ->
            Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// A demo with load for ten minutes, its page in its output.
  private Cli.Running demo() throws Exception {
    Path scenario = folder.resolve("scenario.yaml");
    Files.writeString(
        scenario,
        """
        load:
          - {shape: constant, rate: 400/s, duration: 10m}
        services: ["%s", checkout, cart, search]
        routes: ["/v1/items/{id}", "/v1/list"]
        """
            .formatted(EVIL));
    return Cli.start(
        "demo",
        "--scenario",
        scenario.toString(),
        "--page-port",
        Integer.toString(Cli.freePort()),
        "--data",
        folder.resolve("data").toString());
  }

  private static String address(Cli.Running demo) throws Exception {
    String says = "The page is at ";
    return demo.awaitLine(line -> line.startsWith(says)).substring(says.length());
  }

  private Page open(BrowserContext context, String url) {
    Page page = context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.onConsoleMessage(message -> {
      if (message.type().equals("error")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.onDialog(dialog -> {
      complaints.add("dialog: " + dialog.message());
      dialog.dismiss();
    });
    page.onRequest(request -> requests.add(request.url()));
    page.navigate(url);
    return page;
  }

  private static Locator column(Page page, String name) {
    return page.locator("#series tbody tr.row .col-" + name);
  }

  /// Not by Playwright's own means: it would have the page evaluate text, which its policy forbids.
  private static void await(Page page, String condition) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (!(Boolean) page.evaluate(condition)) {
      assertTrue(System.nanoTime() < deadline, () -> condition + "\n" + page.innerText("body"));
      page.waitForTimeout(50);
    }
  }

  @Test
  void showsWhatHappensAndLetsItBeLookedAt() throws Exception {
    try (Cli.Running demo = demo();
        BrowserContext context =
            browser.newContext(
                new Browser.NewContextOptions()
                    .setViewportSize(1360, 1000)
                    .setColorScheme(ColorScheme.LIGHT))) {
      String url = address(demo);
      Page page = open(context, url);
      numbersChange(page);
      namesAreText(page);
      tableIsSorted(page);
      tableIsFiltered(page);
      aSpanIsZoomedInto(page);
      aLinkShowsTheSame(context, page);
      aSeriesIsLookedAt(page);
      keysReadAChart(page);
      coloursAreChosen(page);
      aCutStreamComesBack(demo, page);
      page.navigate(url);
      await(page, "document.querySelectorAll('#series tbody tr.row').length >= 8");
      page.screenshot(
          new Page.ScreenshotOptions().setPath(PICTURES.resolve("page.png")).setFullPage(true));
      assertEquals(List.of(), complaints);
      URI own = URI.create(url);
      for (String request : requests) {
        URI asked = URI.create(request);
        assertTrue(
            asked.getScheme().equals("data") || own.getAuthority().equals(asked.getAuthority()),
            request);
      }
    }
  }

  private static void numbersChange(Page page) {
    assertThat(page.locator("#state")).hasText("Live");
    await(page, "document.getElementById('now-rate').textContent.startsWith('400 ')");
    String aggregated = "document.querySelector('[data-account=aggregated] dd').textContent";
    await(page, "Number(" + aggregated + ".replaceAll(',', '')) > 0");
    String before = (String) page.evaluate(aggregated);
    await(page, aggregated + " !== '" + before + "'");
    // Windows of ten seconds have come, and what is told of them.
    assertThat(page.locator("#now-p99")).containsText(Pattern.compile("[µm]?s"));
    assertThat(page.locator("#freshness")).containsText("ago");
    assertThat(page.locator("#lag tbody tr")).hasCount(5);
    assertThat(page.locator("[data-account=dead_lettered] dd")).hasText("0");
    assertThat(page.locator(".plot canvas")).hasCount(4);
  }

  private static void namesAreText(Page page) {
    await(page, "document.querySelectorAll('#series tbody tr.row').length === 8");
    assertThat(column(page, "service").filter(new Locator.FilterOptions().setHasText(EVIL)))
        .hasCount(2);
    assertEquals(0, page.locator("#series script").count());
  }

  private static void tableIsSorted(Page page) {
    Locator head = page.locator("#series thead th.col-service");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Service").setExact(true))
        .click();
    assertThat(head).hasAttribute("aria-sort", "ascending");
    await(page, "document.querySelector('#series tbody tr.row th').textContent.startsWith('<')");
    page.keyboard().press("Enter");
    assertThat(head).hasAttribute("aria-sort", "descending");
    await(page, "document.querySelector('#series tbody tr.row th').textContent === 'search'");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Requests/s")).click();
    await(
        page,
        """
        (() => {
          const rates = [...document.querySelectorAll('#series tbody tr.row .col-rate')]
            .map(cell => Number(cell.textContent.replaceAll(',', '')));
          return rates.length === 8 && rates.every((rate, i) => !i || rate <= rates[i - 1]);
        })()
        """);
  }

  private static void tableIsFiltered(Page page) {
    page.getByLabel("Filter").fill("cart list");
    assertThat(column(page, "service")).hasText(new String[] {"cart"});
    assertThat(page.locator("#series-count")).containsText("1 routes match");
    page.getByLabel("Filter").fill(EVIL);
    assertThat(column(page, "service")).hasText(new String[] {EVIL, EVIL});
    page.getByLabel("Filter").fill("");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Services").setExact(true))
        .click();
    assertThat(column(page, "service")).hasCount(4);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Routes").setExact(true))
        .click();
    assertThat(column(page, "service")).hasCount(8);
  }

  private static void aSpanIsZoomedInto(Page page) {
    BoundingBox box = page.locator("#latency .u-over").boundingBox();
    page.mouse().move(box.x + box.width * 0.75, box.y + 80);
    page.mouse().down();
    page.mouse().move(box.x + box.width * 0.9, box.y + 80);
    page.mouse().move(box.x + box.width * 0.995, box.y + 80);
    page.mouse().up();
    await(page, "/from=\\d+&to=\\d+/.test(location.hash)");
    assertThat(page.locator("#ranges [aria-pressed=true]")).hasCount(0);
    page.locator("#zoom-out").click();
    page.goBack();
    await(page, "/from=\\d+&to=\\d+/.test(location.hash)");
  }

  private void aLinkShowsTheSame(BrowserContext context, Page page) {
    page.getByLabel("Filter").fill("search");
    await(page, "document.querySelectorAll('#series tbody tr.row').length === 2");
    assertThat(page.locator("#range")).containsText("by 1 s");
    Page other = open(context, page.url());
    assertThat(other.locator("#range")).hasText(page.locator("#range").textContent());
    assertThat(column(other, "service")).hasText(new String[] {"search", "search"});
    other.close();
    page.getByLabel("Filter").fill("");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("last 10 minutes")).click();
    await(page, "!location.hash.includes('from')");
  }

  private static void aSeriesIsLookedAt(Page page) {
    page.getByLabel("Filter").fill(EVIL);
    assertThat(column(page, "service")).hasCount(2);
    page.locator("#series tbody tr.row button").first().click();
    assertThat(page.locator("#scope")).containsText(EVIL);
    await(page, "!document.getElementById('now-rate').textContent.startsWith('400 ')");
    page.getByText("Show all requests").click();
    await(page, "document.getElementById('now-rate').textContent.startsWith('400 ')");
    page.getByLabel("Filter").fill("");
  }

  private static void keysReadAChart(Page page) {
    page.locator("#latency").focus();
    page.keyboard().press("ArrowLeft");
    assertThat(page.locator("#spoken"))
        .containsText(Pattern.compile("\\d\\d:\\d\\d:\\d\\d: p50 .*p99.9 .*s"));
    assertThat(page.locator("#latency")).hasAttribute("role", "img");
    assertTrue(page.locator("#throughput-summary").textContent().contains("requests/s from"));
  }

  private static void coloursAreChosen(Page page) {
    assertThat(page.locator("html")).hasAttribute("data-theme", "light");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Use dark colours"))
        .click();
    assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve("dark.png")));
    page.setViewportSize(390, 844);
    assertFalse(
        (Boolean)
            page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"),
        "a phone has to be scrolled sideways");
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve("phone.png")));
    page.setViewportSize(1360, 1000);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Use light colours"))
        .click();
  }

  /// A connection that nobody has closed, and on which nothing comes any more: what a browser does
  /// not notice by itself.
  private static void aCutStreamComesBack(Cli.Running demo, Page page) throws Exception {
    String rows = "document.querySelector('[data-account=rows] dd').textContent";
    demo.standStill();
    try {
      assertThat(page.locator("#state")).containsText("No connection");
    } finally {
      demo.goOn();
    }
    String before = (String) page.evaluate(rows);
    assertThat(page.locator("#state")).hasText("Live");
    await(page, rows + " !== '" + before + "'");
  }
}
