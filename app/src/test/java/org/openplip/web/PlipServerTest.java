package org.openplip.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.image.RgbImage;
import org.openplip.io.Json;
import org.openplip.search.Item;
import org.openplip.search.Region;
import org.openplip.search.SearchIndex;
import org.openplip.slide.Slide;

/// The REST interface over loopback, with a real index, a real slide, and an encoder by hand.
final class PlipServerTest {
    private static final String SCRIPT = "<script>alert('caption')</script>";
    private static final String ODD_ID = "odd/ä ?&#%\"<b>/1";
    private static final int UPLOAD_BYTES = 200_000;
    private static final int UPLOAD_PIXELS = 1_000_000;
    private static final int TILE = 256;

    @TempDir static Path folder;
    private static final ColourEncoder ENCODER = new ColourEncoder();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static SearchIndex index;
    private static Slide slide;
    private static PlipServer server;

    @BeforeAll
    static void start() throws IOException {
        index = SearchIndex.create(folder.resolve("index"), ColourEncoder.WIDTH);
        picture("violet-1", 0x6040a0, "Lymphocytes, violet", "LYM");
        picture("violet-2", 0x6848a8, "More lymphocytes", "LYM");
        picture("pink-1", 0xf080b0, SCRIPT, "STR");
        picture(ODD_ID, 0x20a040, "A green one", "");
        Files.writeString(folder.resolve("secret.txt"), "not for you");
        slide = Slide.open(Path.of("../data/CMU-1-Small-Region.svs"));
        for (int y = 512; y < 1536; y += TILE) {
            for (int x = 768; x < 1536; x += TILE) {
                RgbImage tile = slide.read(0, x, y, TILE, TILE);
                index.add(
                        new Item(
                                "skin/" + x + "," + y,
                                "tile",
                                "skin",
                                null,
                                "",
                                "",
                                new Region(x, y, TILE, TILE),
                                ENCODER.image(tile)));
            }
        }
        index.commit();
        server =
                PlipServer.start(
                        options(0),
                        ENCODER,
                        index,
                        List.of(new ServedSlide("skin", "Skin & <i>ink</i>", slide)));
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        slide.close();
        index.close();
    }

    @Test
    void statusCountsWhatIsIndexed() throws Exception {
        JsonNode status = json(get("/api/status"), 200);
        assertThat(status.at("/index/pictures").asInt()).isEqualTo(4);
        assertThat(status.at("/index/tiles").asInt()).isEqualTo(12);
        assertThat(status.at("/index/width").asInt()).isEqualTo(ColourEncoder.WIDTH);
        assertThat(status.get("notice").asText()).isEqualTo("Drawings, not tissue.");
        assertThat(status.at("/limits/bytes").asInt()).isEqualTo(UPLOAD_BYTES);
    }

    @Test
    void wordsFindThePictureThatFits() throws Exception {
        JsonNode hits = json(get("/api/search?text=violet&k=3&kind=picture"), 200).get("hits");
        assertThat(hits).hasSize(3);
        assertThat(hits.at("/0/id").asText()).isEqualTo("violet-1");
        assertThat(hits.at("/0/caption").asText()).isEqualTo("Lymphocytes, violet");
        assertThat(hits.at("/0/label").asText()).isEqualTo("LYM");
        assertThat(hits.at("/0/source").asText()).isEqualTo("test");
        assertThat(hits.at("/0/similarity").asDouble()).isBetween(0.99, 1.0001);
        assertThat(hits.at("/1/similarity").asDouble())
                .isLessThanOrEqualTo(hits.at("/0/similarity").asDouble());
    }

    @Test
    void kindLimitsTheHits() throws Exception {
        for (String kind : List.of("picture", "tile")) {
            for (JsonNode hit : json(get("/api/search?text=pink&kind=" + kind), 200).get("hits")) {
                assertThat(hit.get("kind").asText()).isEqualTo(kind);
            }
        }
        assertThat(json(get("/api/search?text=pink&kind=all"), 200).get("hits")).hasSize(16);
    }

    @Test
    void pictureFindsItself() throws Exception {
        for (String type : List.of("image/jpeg", "image/png", "application/octet-stream")) {
            byte[] body = Files.readAllBytes(folder.resolve("green.png"));
            JsonNode hits = json(post("/api/search?k=1", type, body), 200).get("hits");
            assertThat(hits.at("/0/id").asText()).isEqualTo(ODD_ID);
        }
    }

    @Test
    void pictureMayComeInAForm() throws Exception {
        byte[] body = form("image", Files.readAllBytes(folder.resolve("green.png")));
        JsonNode answer =
                json(post("/api/search?k=1", "multipart/form-data; boundary=xyz", body), 200);
        assertThat(answer.at("/hits/0/id").asText()).isEqualTo(ODD_ID);
        body = form("other", new byte[10]);
        json(post("/api/search", "multipart/form-data; boundary=xyz", body), 400);
        json(post("/api/search", "multipart/form-data", body), 400);
    }

    @Test
    void similarLeavesOutTheItemItself() throws Exception {
        JsonNode answer = json(get("/api/similar?id=violet-1&k=1"), 200);
        assertThat(answer.at("/hits/0/id").asText()).isEqualTo("violet-2");
        assertThat(answer.at("/like/id").asText()).isEqualTo("violet-1");
        json(get("/api/similar?id=nobody"), 404);
        json(get("/api/similar"), 400);
    }

    @Test
    void addressesOfAHitLeadToJpegs() throws Exception {
        for (JsonNode hit : json(get("/api/search?text=green"), 200).get("hits")) {
            for (String field : List.of("thumbnail", "picture")) {
                HttpResponse<byte[]> response = get(hit.get(field).asText());
                assertThat(response.statusCode()).as(field).isEqualTo(200);
                assertThat(response.headers().firstValue("Content-Type")).contains("image/jpeg");
                BufferedImage image = ImageIO.read(new ByteArrayInputStream(response.body()));
                int edge = Math.max(image.getWidth(), image.getHeight());
                assertThat(edge).isEqualTo(hit.get("kind").asText().equals("tile") ? TILE : 64);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.txt",
                "..%2fsecret.txt",
                "%2e%2e/secret.txt",
                "..%5csecret.txt",
                "%2Fetc%2Fpasswd",
                "/etc/passwd",
                "secret.txt",
                "a/../../secret.txt",
                "%00",
                "%zz",
                "%c0%ae%c0%ae/secret.txt",
                "violet-1%00.png",
            })
    void idsNeverReachTheFileSystem(String id) throws Exception {
        for (String start : List.of("/api/picture/", "/api/thumbnail/", "/")) {
            String answer = raw("GET " + start + id + " HTTP/1.1\r\nHost: localhost\r\n");
            assertThat(answer)
                    .as(start)
                    .containsPattern("^HTTP/1.1 40[04] ")
                    .contains("{\"error\"");
            assertThat(answer).doesNotContain("not for you").doesNotContain("root:");
        }
    }

    @Test
    void wrongParametersAreNamed() throws Exception {
        assertThat(json(get("/api/search"), 400).get("error").asText()).contains("text");
        assertThat(json(get("/api/search?text=%20"), 400).get("error").asText()).contains("text");
        json(get("/api/search?text=" + "a".repeat(501)), 400);
        for (String k : List.of("0", "-1", "201", "many", "99999999999")) {
            assertThat(json(get("/api/search?text=a&k=" + k), 400).get("error").asText())
                    .contains("k: expected 1 to 200");
        }
        assertThat(json(get("/api/search?text=a&kind=slide"), 400).get("error").asText())
                .contains("kind");
        json(get("/api/slides/skin/map"), 400);
        json(get("/api/slides/skin/map?text=pink&min=NaN"), 400);
        json(get("/api/slides/skin/map?text=pink&min=1&max=0"), 400);
        json(get("/api/slides/nobody/map?text=pink"), 404);
        json(get("/api/slides/nobody/thumbnail"), 404);
        json(get("/api/nothing"), 404);
        json(get("/nothing.html"), 404);
    }

    @Test
    void whatIsNoPictureIsRefused() throws Exception {
        json(post("/api/search", "text/html", "<b>".getBytes(StandardCharsets.UTF_8)), 415);
        json(post("/api/search", "image/svg+xml", "<svg/>".getBytes(StandardCharsets.UTF_8)), 415);
        json(
                post("/api/search", "image/png", "GIF89a, honest".getBytes(StandardCharsets.UTF_8)),
                415);
        json(post("/api/search", "image/png", new byte[0]), 400);
        byte[] whole = Files.readAllBytes(folder.resolve("violet-1.png"));
        JsonNode cut =
                json(post("/api/search", "image/png", Arrays.copyOf(whole, whole.length / 2)), 422);
        assertThat(cut.get("error").asText()).startsWith("the picture cannot be read");
        json(post("/api/search", "image/png", Arrays.copyOf(whole, 10)), 422);
    }

    @Test
    void tooManyBytesAreRefusedUnread() throws Exception {
        String head =
                "POST /api/search HTTP/1.1\r\nHost: localhost\r\n"
                        .concat("Content-Type: image/png\r\nContent-Length: 2000000000\r\n");
        assertThat(raw(head)).startsWith("HTTP/1.1 413 ").contains("larger than the limit");
        json(post("/api/search", "image/png", new byte[UPLOAD_BYTES + 1]), 413);
        json(chunked("image/png", new byte[UPLOAD_BYTES + 1]), 413);
        byte[] large = form("image", new byte[UPLOAD_BYTES + 1]);
        json(post("/api/search", "multipart/form-data; boundary=xyz", large), 413);
    }

    /// A connection that is closed over unread bytes is reset, and the answer may be lost.
    @Test
    void aBodyThatIsALittleTooLongIsReadToItsEndSoThatItsAnswerArrives() throws Exception {
        String post =
                "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                        + "Content-Length: "
                        + 2 * UPLOAD_BYTES
                        + "\r\n\r\n"
                        + "x".repeat(2 * UPLOAD_BYTES);
        String said = raw(post + "GET /api/status HTTP/1.1\r\nHost: localhost\r\n");
        assertThat(said).startsWith("HTTP/1.1 413 ").contains("HTTP/1.1 200 ");
    }

    @Test
    void tooManyPixelsAreRefusedBeforeTheyAreDecoded() throws Exception {
        JsonNode answer = json(post("/api/search", "image/png", pngHeader(30_000, 30_000)), 413);
        assertThat(answer.get("error").asText()).contains("900.0 megapixels").contains("1.0");
    }

    @Test
    void mapHasEveryTileOfTheSlide() throws Exception {
        JsonNode slides = json(get("/api/slides"), 200).get("slides");
        assertThat(slides).hasSize(1);
        assertThat(slides.at("/0/width").asInt()).isEqualTo(2220);
        assertThat(slides.at("/0/tiles").asInt()).isEqualTo(12);
        BufferedImage overview =
                ImageIO.read(
                        new ByteArrayInputStream(get(slides.at("/0/thumbnail").asText()).body()));
        assertThat((double) overview.getWidth() / overview.getHeight())
                .isBetween(0.745, 0.752); // 2220 / 2967 = 0.748

        JsonNode map = json(get("/api/slides/skin/map?text=pink"), 200);
        assertThat(map.get("tiles")).hasSize(12);
        List<Double> similarities = new ArrayList<>();
        for (JsonNode tile : map.get("tiles")) {
            int x = tile.get("x").asInt();
            int y = tile.get("y").asInt();
            float[] embedding = ENCODER.image(slide.read(0, x, y, TILE, TILE));
            double expected = 0;
            float[] query = ENCODER.text("pink");
            for (int i = 0; i < query.length; i++) expected += query[i] * embedding[i];
            double similarity = tile.get("similarity").asDouble();
            assertThat(similarity).isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-5));
            similarities.add(similarity);
        }
        assertThat(map.at("/scale/min").asDouble())
                .isEqualTo(similarities.stream().min(Double::compare).orElseThrow());
        assertThat(map.at("/scale/max").asDouble())
                .isEqualTo(similarities.stream().max(Double::compare).orElseThrow());
        assertThat(map.at("/scale/given").asBoolean()).isFalse();

        JsonNode scale = json(get("/api/slides/skin/map?text=pink&min=-1&max=1"), 200).get("scale");
        assertThat(scale.toString()).isEqualTo("{\"min\":-1.0,\"max\":1.0,\"given\":true}");
    }

    @Test
    void captionsStayDataInJson() throws Exception {
        HttpResponse<byte[]> response = get("/api/search?text=pink&k=1");
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(json(response, 200).at("/hits/0/caption").asText()).isEqualTo(SCRIPT);
    }

    @Test
    void everyAnswerCarriesTheGuards() throws Exception {
        for (String path :
                List.of(
                        "/",
                        "/slides",
                        "/about",
                        "/style.css",
                        "/main.js",
                        "/api/status",
                        "/no",
                        "/api/picture/violet-1")) {
            HttpResponse<byte[]> response = get(path);
            assertThat(response.headers().firstValue("X-Content-Type-Options"))
                    .as(path)
                    .contains("nosniff");
            assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .contains("default-src 'none'")
                    .doesNotContain("unsafe");
            assertThat(response.headers().firstValue("Server")).as(path).isEmpty();
        }
        assertThat(raw("GET /%zz HTTP/1.1\r\nHost: localhost\r\n")).contains("nosniff");
    }

    @Test
    void pageAsksNobodyElse() throws Exception {
        for (String path :
                List.of(
                        "/",
                        "/style.css",
                        "/main.js",
                        "/search.js",
                        "/slides.js",
                        "/hits.js",
                        "/api.js",
                        "/dom.js",
                        "/about.js",
                        "/colormap.js",
                        "/theme.js")) {
            HttpResponse<byte[]> response = get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            String text = new String(response.body(), StandardCharsets.UTF_8);
            assertThat(text.replace("http://www.w3.org/2000/svg", ""))
                    .as(path)
                    .doesNotContain("http:", "https:", "innerHTML", "insertAdjacentHTML");
        }
        String page = new String(get("/").body(), StandardCharsets.UTF_8);
        assertThat(page)
                .doesNotContainPattern("<script(?![^>]* src=)")
                .doesNotContainPattern("\\son\\w+=");
    }

    @Test
    void answersOnlyUnderItsOwnName() throws Exception {
        assertThat(raw("GET /api/status HTTP/1.1\r\nHost: evil.example\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw("GET /api/status HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void portInUseIsOneClearLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> PlipServer.start(options(port), ENCODER, index, List.of()))
                    .isInstanceOf(ServerStartException.class)
                    .hasMessage("port " + port + " is in use; choose another with --port");
        }
        assertThatThrownBy(
                        () ->
                                PlipServer.start(
                                        options(0).withHost("192.0.2.1"),
                                        ENCODER,
                                        index,
                                        List.of()))
                .isInstanceOf(ServerStartException.class)
                .hasMessageStartingWith("cannot listen on 192.0.2.1 port 0: ");
    }

    @Test
    void closingFreesThePort() throws Exception {
        PlipServer second = PlipServer.start(options(0), ENCODER, index, List.of());
        int port = second.port();
        second.close();
        try (PlipServer third = PlipServer.start(options(port), ENCODER, index, List.of())) {
            assertThat(third.address()).isEqualTo(URI.create("http://127.0.0.1:" + port + "/"));
        }
    }

    private static ServerOptions options(int port) {
        return ServerOptions.onPort(port)
                .withModel("mean colour")
                .withNotice("Drawings, not tissue.")
                .withRoot(folder)
                .withUploadLimits(UPLOAD_BYTES, UPLOAD_PIXELS);
    }

    private static void picture(String id, int rgb, String caption, String label)
            throws IOException {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 48; y++) for (int x = 0; x < 64; x++) image.setRGB(x, y, rgb);
        String name = id.equals(ODD_ID) ? "green.png" : id + ".png";
        ImageIO.write(image, "png", folder.resolve(name).toFile());
        float[] embedding = ENCODER.image(RgbImage.of(image));
        index.add(new Item(id, "picture", "test", name, caption, label, null, embedding));
    }

    private static HttpResponse<byte[]> get(String path) throws Exception {
        URI address = server.address().resolve(path);
        return CLIENT.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> post(String path, String type, byte[] body)
            throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(server.address().resolve(path))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofByteArray(body))
                        .build();
        return CLIENT.send(request, BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> chunked(String type, byte[] body) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(server.address().resolve("/api/search"))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                        .build();
        return CLIENT.send(request, BodyHandlers.ofByteArray());
    }

    /// What the server says to `head`, byte for byte: no client cleans the address.
    private static String raw(String head) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(5000);
            socket.getOutputStream()
                    .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static JsonNode json(HttpResponse<byte[]> response, int status) throws IOException {
        String body = new String(response.body(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).as(body).isEqualTo(status);
        JsonNode node = Json.MAPPER.readTree(body);
        if (status >= 400) assertThat(node.get("error").asText()).as(body).isNotBlank();
        return node;
    }

    private static byte[] form(String name, byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(
                ("--xyz\r\nContent-Disposition: form-data; name=\""
                                + name
                                + "\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        out.write(content);
        out.write("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }

    /// A PNG that claims a size and has no pixels.
    private static byte[] pngHeader(int width, int height) {
        ByteBuffer chunk = ByteBuffer.allocate(17);
        chunk.put("IHDR".getBytes(StandardCharsets.US_ASCII)).putInt(width).putInt(height);
        chunk.put(new byte[] {8, 2, 0, 0, 0});
        CRC32 crc = new CRC32();
        crc.update(chunk.array());
        return ByteBuffer.allocate(8 + 4 + 17 + 4)
                .putLong(0x89504e470d0a1a0aL)
                .putInt(13)
                .put(chunk.array())
                .putInt((int) crc.getValue())
                .array();
    }
}
