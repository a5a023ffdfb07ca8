package org.openplip.acceptance;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.image.RgbImage;
import org.openplip.search.Item;
import org.openplip.search.Region;
import org.openplip.search.SearchIndex;
import org.openplip.slide.Slide;
import org.openplip.web.Encoder;
import org.openplip.web.PlipServer;
import org.openplip.web.ServedSlide;
import org.openplip.web.ServerOptions;

/// The page in a real browser, over a small index of coloured drawings and the tiles of a real
/// slide. The encoder is by hand: a picture is its mean colour, a phrase the colour it names.
///
/// After each test the browser's console must be free of errors, and no request may have left the
/// server.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class PageTest {
    private static final long SEED = 11;
    private static final int TILE = 256;
    private static final String SCRIPT = "<img src=x onerror=\"document.title='broken into'\">";
    private static final Map<String, Integer> COLOURS =
            Map.of("violet", 0x6a4aa8, "pink", 0xe890b8, "green", 0x3a9a50);

    /// Flags of a browser that runs as root in a container and asks nobody anything.
    private static final List<String> FLAGS =
            List.of(
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync");

    @TempDir static Path folder;
    private static SearchIndex index;
    private static Slide slide;
    private static PlipServer server;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() throws IOException {
        index = SearchIndex.create(folder.resolve("index"), 4);
        SplittableRandom random = new SplittableRandom(SEED);
        for (String name : List.of("violet", "pink", "green")) {
            for (int i = 0; i < 5; i++) {
                String caption = i == 0 && name.equals("green") ? SCRIPT : "Drawing " + i;
                picture(name + "-" + i, COLOURS.getOrDefault(name, 0), caption, name, random);
            }
        }
        slide = Slide.open(Path.of("../data/CMU-1-Small-Region.svs"));
        for (int y = 256; y < 2560; y += TILE) {
            for (int x = 768; x < 1792; x += TILE) {
                float[] embedding = embedding(slide.read(0, x, y, TILE, TILE));
                Region region = new Region(x, y, TILE, TILE);
                String id = "skin/" + x + "," + y;
                index.add(new Item(id, "tile", "skin", null, "", "", region, embedding));
            }
        }
        index.commit();
        server =
                PlipServer.start(
                        ServerOptions.onPort(0)
                                .withModel("mean colour")
                                .withNotice("Drawings, not tissue.")
                                .withExamples(List.of("violet", "pink", "green"))
                                .withRoot(folder),
                        new ColourEncoder(),
                        index,
                        List.of(new ServedSlide("skin", "CMU-1-Small-Region.svs", slide)));
        Path chromium = Path.of("/usr/bin/chromium");
        assertThat(chromium).as("apt-get install chromium").exists();
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(chromium)
                                        .setArgs(FLAGS));
    }

    @AfterAll
    static void stop() throws IOException {
        if (browser != null) browser.close();
        if (playwright != null) playwright.close();
        if (server != null) server.close();
        if (slide != null) slide.close();
        if (index != null) index.close();
    }

    @BeforeEach
    void openPage() {
        open(1280, 900, ColorScheme.LIGHT);
    }

    private void open(int width, int height, ColorScheme scheme) {
        if (context != null) context.close();
        context =
                browser.newContext(
                        new Browser.NewContextOptions()
                                .setBaseURL(server.address().toString())
                                .setViewportSize(width, height)
                                .setColorScheme(scheme));
        page = context.newPage();
        page.setDefaultTimeout(15_000);
        page.onConsoleMessage(
                message -> {
                    if (message.type().equals("error")) complaints.add(message.text());
                });
        page.onPageError(complaints::add);
        page.onRequest(
                request -> {
                    String url = request.url();
                    if (!url.startsWith(server.address().toString()) && !url.startsWith("blob:")) {
                        complaints.add("asked elsewhere: " + url);
                    }
                });
    }

    @AfterEach
    void nothingWentWrong() {
        context.close();
        assertThat(complaints).isEmpty();
    }

    @Test
    void wordsShowResultsWithScores() {
        page.navigate("/");
        page.getByLabel("Search by words").fill("violet");
        page.keyboard().press("Enter");
        assertThat(cards()).hasCount(24);
        assertThat(cards().first()).containsText("Drawing");
        assertThat(cards().first()).containsText("violet");
        assertThat(cards().first()).containsText(Pattern.compile("0\\.99\\d|1\\.000"));
        assertThat(page.locator(".summary")).containsText("24 results for “violet”");
        everyPictureLoads(page.locator(".card img"));
        page.getByRole(AriaRole.BUTTON, named("Slide tiles")).click();
        assertThat(page.locator(".card .tag")).hasCount(24);
        assertThat(page).hasURL(Pattern.compile("/\\?q=violet&kind=tile$"));
    }

    @Test
    void addressBringsTheSameResultsAgain() {
        page.navigate("/?q=pink&kind=picture");
        assertThat(page.getByLabel("Search by words")).hasValue("pink");
        assertThat(cards()).hasCount(15);
        assertThat(cards().first().locator(".label")).hasText("pink");
        assertThat(page).hasTitle("pink · OpenPLIP");
    }

    @Test
    void exampleIsOneClick() {
        page.navigate("/");
        Locator chip = page.getByRole(AriaRole.LINK, named("green"));
        everyPictureLoads(chip.locator("img"));
        chip.click();
        assertThat(cards().first().locator(".label")).hasText("green");
    }

    @Test
    void chosenPictureIsSearchedFor() throws IOException {
        page.navigate("/");
        page.locator("#file")
                .setInputFiles(new FilePayload("a.png", "image/png", drawing("green")));
        assertThat(page.locator(".summary")).containsText("like your picture");
        assertThat(cards().first().locator(".label")).hasText("green");
        assertThat(page.getByAltText("Your picture")).isVisible();
        page.getByLabel("Remove the picture").click();
        assertThat(page.getByRole(AriaRole.HEADING, named("Search pathology"))).isVisible();
    }

    @Test
    void droppedPictureIsSearchedFor() throws IOException {
        page.navigate("/");
        page.evaluate(transfer("drop"), Base64.getEncoder().encodeToString(drawing("violet")));
        assertThat(page.locator(".summary")).containsText("like your picture");
        assertThat(cards().first().locator(".label")).hasText("violet");
        assertThat(page.locator("#drop")).isHidden();
    }

    @Test
    void pastedPictureIsSearchedForOnAnyPage() throws IOException {
        page.navigate("/about");
        page.evaluate(transfer("paste"), Base64.getEncoder().encodeToString(drawing("pink")));
        assertThat(cards().first().locator(".label")).hasText("pink");
    }

    @Test
    void whatIsNoPictureIsExplained() {
        page.navigate("/");
        byte[] text = "not a picture".getBytes(StandardCharsets.UTF_8);
        page.locator("#file").setInputFiles(new FilePayload("a.png", "image/png", text));
        assertThat(page.locator(".message")).containsText("neither JPEG, PNG nor TIFF");
        assertThat(complaints).hasSize(1).first().asString().contains("415");
        complaints.clear();
    }

    @Test
    void hitLeadsToMoreLikeItAndBack() {
        page.navigate("/?q=green&kind=picture");
        assertThat(cards()).hasCount(15);
        cards().nth(1).getByRole(AriaRole.LINK).click();
        assertThat(page).hasURL(Pattern.compile("like=green"));
        assertThat(cards()).hasCount(24);
        assertThat(cards().first().locator(".label")).hasText("green");
        page.goBack();
        assertThat(page).hasURL(Pattern.compile("q=green"));
        assertThat(cards()).hasCount(15);
    }

    @Test
    void hitOpensInFullAndEscapeCloses() {
        page.navigate("/?q=green&kind=tile");
        cards().first().hover();
        cards().first().getByRole(AriaRole.BUTTON).click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        assertThat(dialog).containsText("256 × 256 pixels of level 0");
        everyPictureLoads(dialog.locator("img"));
        page.keyboard().press("Escape");
        assertThat(dialog).hasCount(0);
        cards().first().hover();
        cards().first().getByRole(AriaRole.BUTTON).click();
        dialog.getByText("On the slide").click();
        assertThat(page.locator(".tile-detail")).containsText("Tile at");
    }

    @Test
    void captionIsTextNotMarkup() {
        page.navigate("/?q=green&kind=picture");
        Locator caption = page.locator(".caption", new Page.LocatorOptions().setHasText(SCRIPT));
        assertThat(caption).hasText(SCRIPT);
        assertThat(caption.locator("img")).hasCount(0);
        assertThat(page).hasTitle("green · OpenPLIP");
        page.navigate("/?q=" + "%3Cb%3Ebold%3C%2Fb%3E");
        assertThat(page.locator(".summary")).containsText("“<b>bold</b>”");
        assertThat(page.locator(".summary b")).hasCount(0);
    }

    @Test
    void slideMapPaintsTilesAndTellsTheirScores() {
        page.navigate("/slides");
        assertThat(page.getByRole(AriaRole.HEADING, named("Where on the slide is it?")))
                .isVisible();
        page.getByLabel("Phrase for the heat map").fill("violet");
        page.keyboard().press("Enter");
        assertThat(page.locator(".legend")).containsText("Scaled to the range in this slide");
        everyPictureLoads(page.locator(".slide-image"));
        Object colours =
                page.evaluate(
                        """
                        () => {
                          const c = document.querySelector('canvas');
                          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                          const seen = new Set();
                          for (let i = 0; i < d.length; i += 4) {
                            if (d[i + 3] > 100) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
                          }
                          return seen.size;
                        }
                        """);
        // 36 tiles, each of one colour.
        assertThat(((Number) colours).intValue()).isBetween(10, 36);

        Locator canvas = page.locator("canvas");
        canvas.hover(new Locator.HoverOptions().setPosition(at(canvas, 1000, 1000)));
        assertThat(page.locator(".tip"))
                .containsText(Pattern.compile("\\d\\.\\d{3} · above \\d+ %"));
        canvas.click(new Locator.ClickOptions().setPosition(at(canvas, 1000, 1000)));
        assertThat(page.locator(".tile-detail")).containsText("Tile at 768, 768");
        assertThat(page.locator(".neighbours li")).hasCount(9);
        everyPictureLoads(page.locator(".tile-detail img"));
        assertThat(page).hasURL(Pattern.compile("/slides\\?q=violet&tile=skin"));

        canvas.hover(new Locator.HoverOptions().setPosition(at(canvas, 100, 100)));
        assertThat(page.locator(".tip")).isHidden();
    }

    @Test
    void slideMapWorksFromTheKeyboard() {
        page.navigate("/slides?q=pink&tile=skin/768,768");
        assertThat(page.locator(".tile-detail")).containsText("Tile at 768, 768");
        page.locator("canvas").focus();
        page.keyboard().press("ArrowRight");
        page.keyboard().press("ArrowDown");
        assertThat(page.locator("#announce")).containsText("Similarity");
        page.keyboard().press("Enter");
        assertThat(page.locator(".tile-detail")).containsText("Tile at 1024, 1024");
        page.keyboard().press("Escape");
        assertThat(page.locator(".tile-detail")).isHidden();
    }

    @Test
    void keyboardAloneIsEnoughToSearch() {
        page.navigate("/about");
        page.keyboard().press("Tab");
        assertThat(page.getByText("Skip to content")).isFocused();
        page.navigate("/?q=pink");
        assertThat(cards()).hasCount(24);
        page.keyboard().press("/");
        assertThat(page.getByLabel("Search by words")).isFocused();
        page.keyboard().press("Control+a");
        page.keyboard().type("green");
        page.keyboard().press("Enter");
        assertThat(cards().first().locator(".label")).hasText("green");
        cards().first().getByRole(AriaRole.LINK).focus();
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile("like=green"));
    }

    @Test
    void noticeAndPurposeAreOnEveryPage() {
        for (String path : List.of("/", "/slides", "/about", "/?q=pink")) {
            page.navigate(path);
            assertThat(page.locator("#notice")).hasText("Drawings, not tissue.");
            assertThat(page.locator(".foot")).containsText("not for diagnosis");
        }
        page.navigate("/about");
        assertThat(page.locator(".facts")).containsText("15 pictures and 36 slide tiles");
    }

    @Test
    void fitsAPhoneInLightAndDark() {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            open(390, 844, scheme);
            for (String path :
                    List.of("/", "/?q=pink", "/slides?q=pink&tile=skin/768,768", "/about")) {
                page.navigate(path);
                assertThat(page.locator("#notice")).isVisible();
                page.waitForLoadState();
                Object overflow =
                        page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
                assertThat(((Number) overflow).intValue()).as(path).isLessThanOrEqualTo(0);
            }
            Object paper = page.evaluate("getComputedStyle(document.body).backgroundColor");
            assertThat(paper)
                    .isEqualTo(
                            scheme == ColorScheme.DARK ? "rgb(20, 17, 26)" : "rgb(251, 250, 252)");
        }
    }

    private Locator cards() {
        return page.locator(".card:not(.skeleton)");
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    /// Where a level-0 pixel of the slide lies on the canvas.
    private static com.microsoft.playwright.options.Position at(Locator canvas, int x, int y) {
        var box = canvas.boundingBox();
        return new com.microsoft.playwright.options.Position(
                box.width * x / slide.width(), box.height * y / slide.height());
    }

    private void everyPictureLoads(Locator images) {
        assertThat(images.first()).isVisible();
        for (Locator image : images.all()) {
            image.scrollIntoViewIfNeeded();
            page.waitForFunction("i => i.complete && i.naturalWidth > 0", image.elementHandle());
        }
    }

    /// A script that drops or pastes a PNG, given as Base64.
    private static String transfer(String event) {
        String made =
                event.equals("drop")
                        ? "new DragEvent('drop', {dataTransfer: t, bubbles: true, cancelable: true})"
                        : "new ClipboardEvent('paste', {clipboardData: t, bubbles: true, cancelable: true})";
        return """
        (base64) => {
          const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          const t = new DataTransfer();
          t.items.add(new File([bytes], 'a.png', {type: 'image/png'}));
          document.body.dispatchEvent(%s);
        }
        """
                .formatted(made);
    }

    private static void picture(
            String id, int rgb, String caption, String label, SplittableRandom random)
            throws IOException {
        BufferedImage image = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(new Color(rgb));
        g.fillRect(0, 0, 96, 96);
        g.setColor(new Color(rgb).darker());
        for (int i = 0; i < 8; i++) g.fillOval(random.nextInt(90), random.nextInt(90), 6, 6);
        g.dispose();
        ImageIO.write(image, "png", folder.resolve(id + ".png").toFile());
        float[] embedding = embedding(RgbImage.of(image));
        index.add(new Item(id, "picture", "test", id + ".png", caption, label, null, embedding));
    }

    private static byte[] drawing(String colour) throws IOException {
        BufferedImage image = new BufferedImage(80, 60, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(new Color(COLOURS.getOrDefault(colour, 0)));
        g.fillRect(0, 0, 80, 60);
        g.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static float[] embedding(RgbImage image) {
        double[] sums = new double[3];
        byte[] pixels = image.pixels();
        for (int i = 0; i < pixels.length; i++) sums[i % 3] += pixels[i] & 0xff;
        double n = pixels.length / 3.0;
        return unit(sums[0] / n, sums[1] / n, sums[2] / n);
    }

    private static float[] unit(double red, double green, double blue) {
        double[] v = {red - 128, green - 128, blue - 128, 64};
        double norm = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + v[3] * v[3]);
        float[] unit = new float[v.length];
        for (int i = 0; i < v.length; i++) unit[i] = (float) (v[i] / norm);
        return unit;
    }

    private static final class ColourEncoder implements Encoder {
        @Override
        public float[] text(String text) {
            int rgb = COLOURS.getOrDefault(text, 0x808080);
            return unit(rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff);
        }

        @Override
        public float[] image(RgbImage image) {
            return embedding(image);
        }
    }
}
