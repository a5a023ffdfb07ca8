package org.openplip.openpath.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.Hashes;
import org.openplip.openpath.fetch.Fetched.Outcome;
import org.openplip.openpath.fetch.LoopbackServer.Manner;
import org.openplip.openpath.fetch.LoopbackServer.Reply;

class FetcherTest {
    private static final FetchSettings SETTINGS =
            new FetchSettings(
                    8,
                    2,
                    Duration.ZERO,
                    new Patience(3, Duration.ofSeconds(1), Duration.ofMinutes(1)),
                    20,
                    Duration.ofHours(1),
                    10_000,
                    Duration.ofSeconds(20),
                    true);

    @TempDir private Path folder;
    private final ClockByHand clock = new ClockByHand();

    /// A clock on which pauses pass at once.
    static final class ClockByHand implements Waits {
        final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public synchronized Instant now() {
            return now;
        }

        @Override
        public synchronized void pause(Duration time) {
            pauses.add(time);
            now = now.plus(time);
        }
    }

    static byte[] jpeg(String content) {
        return ("\u00ff\u00d8\u00ff" + content).getBytes(StandardCharsets.ISO_8859_1);
    }

    private Fetched fetch(String url) throws Exception {
        return fetch(url, SETTINGS, _ -> true, null);
    }

    private Fetched fetch(
            String url,
            FetchSettings settings,
            Predicate<InetAddress> allowed,
            @Nullable Fetched before)
            throws Exception {
        try (Fetcher fetcher = new Fetcher(settings, clock, new PictureStore(folder), allowed)) {
            return fetcher.fetch(url, before);
        }
    }

    private Fetched fetch(LoopbackServer.Handler handler) throws Exception {
        try (LoopbackServer server = new LoopbackServer(handler)) {
            return fetch(server.address("/a.jpg"));
        }
    }

    @Test
    void aHostIsTriedAgainOnceItHasRestedAndOneAnswerMakesItWhole() throws Exception {
        HostGates.Gate gate = new HostGates(SETTINGS, clock).enter("x.example");
        for (int i = 1; i < SETTINGS.hostFailures(); i++) gate.failed();
        gate.answered();
        gate.failed();
        assertThat(gate.rests()).as("not in a row").isFalse();
        for (int i = 1; i < SETTINGS.hostFailures(); i++) gate.failed();
        assertThat(gate.rests()).isTrue();
        clock.pause(SETTINGS.hostRest());
        assertThat(gate.rests()).isFalse();
        gate.failed();
        assertThat(gate.rests()).as("one failure after the rest").isTrue();
        clock.pause(SETTINGS.hostRest());
        gate.answered();
        gate.failed();
        assertThat(gate.rests()).isFalse();
    }

    @Test
    void storesAPictureByItsHashWithTheEndingOfItsBytes() throws Exception {
        byte[] picture = jpeg("tissue");
        Fetched fetched =
                fetch(
                        _ ->
                                Reply.of(200, picture)
                                        .with("Content-Type", "text/html")
                                        .with("ETag", "\"1\""));

        String sha = Hashes.sha256(picture);
        assertThat(fetched.outcome()).isEqualTo(Outcome.KEPT);
        assertThat(fetched.sha256()).isEqualTo(sha);
        assertThat(fetched.path())
                .isEqualTo(sha.substring(0, 2) + "/" + sha.substring(2, 4) + "/" + sha + ".jpg");
        assertThat(Files.readAllBytes(folder.resolve(fetched.path()))).isEqualTo(picture);
        assertThat(fetched.etag()).isEqualTo("\"1\"");
        assertThat(fetched.attempts()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "<html>a page</html>, HTML",
        "RIFF0000WEBPVP8, WebP",
        "'', nothing",
        "BM, unknown bytes",
    })
    void whatIsNoPictureByItsBytesIsRejectedWhateverItIsCalled(String body, String kind)
            throws Exception {
        Fetched fetched = fetch(_ -> Reply.of(200, body).with("Content-Type", "image/jpeg"));

        assertThat(fetched.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(fetched.reason()).isEqualTo("not_a_picture");
        assertThat(fetched.detail()).startsWith(kind);
    }

    @Test
    void aPictureOverTheLimitIsRejectedWhetherItsLengthIsToldOrNot() throws Exception {
        byte[] large = jpeg("x".repeat(10_000));
        Fetched told = fetch(_ -> Reply.of(200, large));
        Fetched fits = fetch(_ -> Reply.of(200, jpeg("x".repeat(9_997))));
        // As many bytes as one likes, in chunks.
        String chunk = "1000\r\n" + "x".repeat(0x1000) + "\r\n";
        Fetched untold =
                fetch(
                        _ ->
                                new Reply(
                                        200,
                                        java.util.Map.of("Transfer-Encoding", "chunked"),
                                        chunk.repeat(1000).getBytes(StandardCharsets.US_ASCII),
                                        Manner.WHOLE));

        assertThat(told.reason()).isEqualTo("too_large");
        assertThat(untold.reason()).isEqualTo("too_large");
        assertThat(fits.outcome()).isEqualTo(Outcome.KEPT);
    }

    @Test
    void aCompressedBodyIsNeverUnpacked() throws Exception {
        Fetched fetched = fetch(_ -> Reply.of(200, jpeg("x")).with("Content-Encoding", "gzip"));

        assertThat(fetched.reason()).isEqualTo("encoded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"noai", "nofollow, NoImageAI", "openplip: noindex", "none"})
    void theOwnersWishIsHonoured(String tag) throws Exception {
        Fetched fetched = fetch(_ -> Reply.of(200, jpeg("x")).with("X-Robots-Tag", tag));

        assertThat(fetched.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(fetched.reason()).isEqualTo("robots");
        assertThat(fetched.path()).isNull();
    }

    @Test
    void whatIsForbiddenToAnotherRobotIsNotForbiddenToUs() {
        assertThat(RobotsTag.forbids(List.of("googlebot: noindex, noai"))).isNull();
        assertThat(RobotsTag.forbids(List.of("googlebot: noindex, *: noai"))).isEqualTo("noai");
        assertThat(RobotsTag.forbids(List.of("googlebot: none", "noimageindex")))
                .isEqualTo("noimageindex");
        assertThat(RobotsTag.forbids(List.of("unavailable_after: 1 Jan 2030, nofollow"))).isNull();
        assertThat(RobotsTag.forbids(List.of("max-snippet: 5, noindex"))).isEqualTo("noindex");
    }

    @Test
    void aRedirectThatForbidsIsHonouredToo() throws Exception {
        Fetched fetched =
                fetch(
                        request ->
                                request.path().equals("/b.jpg")
                                        ? Reply.of(200, jpeg("x"))
                                        : Reply.of(302, "")
                                                .with("Location", "/b.jpg")
                                                .with("X-Robots-Tag", "noai"));

        assertThat(fetched.reason()).isEqualTo("robots");
    }

    @Test
    void whatMayPassIsTriedAgainAfterGrowingPauses() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        Fetched fetched =
                fetch(
                        _ ->
                                switch (requests.incrementAndGet()) {
                                    case 1 -> Reply.of(503, "");
                                    case 2 -> Reply.of(200, jpeg("whole")).by(Manner.CUT);
                                    default -> Reply.of(200, jpeg("whole"));
                                });

        assertThat(fetched.outcome()).isEqualTo(Outcome.KEPT);
        assertThat(fetched.attempts()).isEqualTo(3);
        assertThat(fetched.bytes()).isEqualTo(8);
        assertThat(clock.pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void whatDoesNotPassHasFailedAfterTheLastAttempt() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        Fetched fetched =
                fetch(
                        _ -> {
                            requests.incrementAndGet();
                            return Reply.of(500, "");
                        });

        assertThat(fetched.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(fetched.reason()).isEqualTo("status_500");
        assertThat(fetched.attempts()).isEqualTo(3);
        assertThat(requests).hasValue(3);
    }

    @Test
    void whatIsGoneIsAskedForOnce() throws Exception {
        Fetched fetched = fetch(_ -> Reply.of(404, "not here"));

        assertThat(fetched.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(fetched.reason()).isEqualTo("status_404");
        assertThat(fetched.status()).isEqualTo(404);
        assertThat(fetched.attempts()).isEqualTo(1);
    }

    @Test
    void theServerSaysHowLongToWaitByItsOwnClock() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        Fetched fetched =
                fetch(
                        _ ->
                                requests.incrementAndGet() == 1
                                        ? Reply.of(429, "")
                                                .with("Date", "Thu, 01 Jan 2015 00:00:00 GMT")
                                                .with(
                                                        "Retry-After",
                                                        "Thu, 01 Jan 2015 00:00:40 GMT")
                                        : Reply.of(200, jpeg("x")));

        assertThat(fetched.outcome()).isEqualTo(Outcome.KEPT);
        // One second of our own, and what is left of the server's 40.
        assertThat(clock.pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(39));
    }

    @Test
    void aServerThatDripsIsLeft() throws Exception {
        FetchSettings brief =
                new FetchSettings(
                        8,
                        2,
                        Duration.ZERO,
                        new Patience(1, Duration.ZERO, Duration.ZERO),
                        20,
                        Duration.ofHours(1),
                        10_000,
                        Duration.ofMillis(300),
                        true);
        try (LoopbackServer server =
                new LoopbackServer(_ -> Reply.of(200, jpeg("x".repeat(9000))).by(Manner.DRIP))) {
            Fetched fetched = fetch(server.address("/a.jpg"), brief, _ -> true, null);

            assertThat(fetched.outcome()).isEqualTo(Outcome.FAILED);
            assertThat(fetched.reason()).isEqualTo("timeout");
        }
    }

    @Test
    void redirectsAreFollowedButNotInCircles() throws Exception {
        try (LoopbackServer server =
                new LoopbackServer(
                        request ->
                                switch (request.path()) {
                                    case "/a.jpg" -> Reply.of(301, "").with("Location", "b c.jpg");
                                    case "/b%20c.jpg" -> Reply.of(200, jpeg("x"));
                                    default -> Reply.of(302, "").with("Location", "/circle");
                                })) {
            assertThat(fetch(server.address("/a.jpg")).outcome()).isEqualTo(Outcome.KEPT);
            assertThat(fetch(server.address("/circle")).reason()).isEqualTo("redirects");
            assertThat(server.asked("/circle")).isEqualTo(6);
        }
    }

    @Test
    void anUnchangedPictureIsNotSentAgain() throws Exception {
        try (LoopbackServer server =
                new LoopbackServer(
                        request ->
                                "\"1\"".equals(request.headers().get("if-none-match"))
                                        ? Reply.of(304, "")
                                        : Reply.of(200, jpeg("x")).with("ETag", "\"1\""))) {
            String url = server.address("/a.jpg");
            Fetched first = fetch(url);
            assertThat(fetch(url, SETTINGS, _ -> true, first)).isSameAs(first);
            assertThat(server.asked("/a.jpg")).isEqualTo(2);
        }
    }

    // ---- addresses ------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:1/a.jpg", "http://localhost:1/a.jpg", "http://[::1]:1/a.jpg",
                "http://[::ffff:10.0.0.1]/a.jpg", "http://10.1.2.3/a.jpg",
                        "https://169.254.169.254/x",
                "http://224.0.0.1/a.jpg", "http://[fe80::1]/a.jpg", "http://0.0.0.0/a.jpg",
            })
    void addressesThatAreNotPublicAreRefusedUnasked(String url) throws Exception {
        Fetched fetched = fetch(url, SETTINGS, PublicAddresses::contains, null);

        assertThat(fetched.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(fetched.reason()).isEqualTo("private_address");
    }

    @Test
    void aRedirectToARefusedAddressIsNotFollowed() throws Exception {
        try (LoopbackServer server =
                new LoopbackServer(
                        request ->
                                request.path().equals("/a.jpg")
                                        ? Reply.of(302, "")
                                                .with(
                                                        "Location",
                                                        "http://"
                                                                + String.valueOf(
                                                                                request.headers()
                                                                                        .get(
                                                                                                "host"))
                                                                        .replace("0.1", "0.2")
                                                                + "/b.jpg")
                                        : Reply.of(200, jpeg("x")))) {
            Predicate<InetAddress> first = address -> address.getHostAddress().equals("127.0.0.1");
            Fetched refused = fetch(server.address("/a.jpg"), SETTINGS, first, null);
            assertThat(refused.reason()).isEqualTo("private_address");
            assertThat(server.asked("/b.jpg")).isZero();

            assertThat(fetch(server.address("/a.jpg")).outcome()).isEqualTo(Outcome.KEPT);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "file:///etc/passwd, no_address",
        "ftp://example.org/a.jpg, scheme",
        "nonsense, no_address",
        "http:///a.jpg, no_address",
        "http://user:word@example.org/a.jpg, no_address",
        "http://exa mple.org/a.jpg, no_address",
    })
    void whatIsNoAddressOfTheWebIsRefused(String url, String reason) throws Exception {
        assertThat(fetch(url).reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "gopher://127.0.0.1/x", "javascript:x()"})
    void aRedirectOutOfTheWebIsRefused(String location) throws Exception {
        Fetched fetched = fetch(_ -> Reply.of(302, "").with("Location", location));
        assertThat(fetched.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(fetched.reason()).isIn("scheme", "no_address");
    }

    @ParameterizedTest
    @CsvSource({
        "1.1.1.1, true",
        "100.64.0.1, false",
        "100.128.0.1, true",
        "172.15.0.1, true",
        "172.31.255.255, false",
        "172.32.0.1, true",
        "192.0.2.9, false",
        "198.19.0.1, false",
        "223.255.255.255, true",
        "239.1.1.1, false",
        "255.255.255.255, false",
        "2606:4700::1111, true",
        "2001:4860:4860::8888, true",
        "2001:db8::1, false",
        "2001::1, false",
        "fc00::1, false",
        "ff02::1, false",
        "::, false",
        "::1, false",
        "::ffff:8.8.8.8, true",
        "::ffff:127.0.0.1, false",
        "64:ff9b::808:808, true",
        "64:ff9b::a00:1, false",
        "2002:808:808::1, true",
        "2002:7f00:1::1, false",
        "3fff:fff::1, false",
        "3ffe::1, true",
    })
    void publicAddressesAreToldFromOthers(String address, boolean isPublic) {
        assertThat(PublicAddresses.contains(InetAddress.ofLiteral(address))).isEqualTo(isPublic);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.org/x y.jpg#top, http://a.org/x%20y.jpg",
        "HTTPS://a.org/ä%20%zz|.jpg?q=[1], HTTPS://a.org/%C3%A4%20%25zz%7C.jpg?q=%5B1%5D",
        "http://bücher.example/a, http://xn--bcher-kva.example/a",
        "https://pbs.twimg.com/media/F-1_x.jpg?name=orig, https://pbs.twimg.com/media/F-1_x.jpg?name=orig",
    })
    void addressesAsPeopleWriteThemAreMadeReady(String written, String ready) {
        assertThat(WebAddress.parse(written)).hasToString(ready);
    }

    // ---- politeness -----------------------------------------------------------------------

    @Test
    void requestsToAHostStartWithAPauseBetweenThem() throws Exception {
        FetchSettings slow =
                new FetchSettings(
                        8,
                        2,
                        Duration.ofMillis(50),
                        Patience.NORMAL,
                        20,
                        Duration.ofHours(1),
                        1,
                        Duration.ofSeconds(1),
                        true);
        HostGates gates = new HostGates(slow, clock);
        Instant start = clock.now();
        List<Duration> starts = new ArrayList<>();
        for (String host : List.of("a", "a", "b", "a")) {
            try (HostGates.Gate gate = gates.enter(host)) {
                starts.add(Duration.between(start, clock.now()));
                if (host.equals("b")) gate.postpone(Duration.ofHours(1));
            }
        }

        assertThat(starts)
                .containsExactly(
                        Duration.ZERO,
                        Duration.ofMillis(50),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100));
    }

    @Test
    void noMoreThanSoManyRequestsToAHostAreUnderWay() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (LoopbackServer server =
                        new LoopbackServer(
                                _ -> {
                                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                                    Thread.sleep(20);
                                    underWay.decrementAndGet();
                                    return Reply.of(200, jpeg("x"));
                                });
                Fetcher fetcher =
                        new Fetcher(SETTINGS, clock, new PictureStore(folder), _ -> true)) {
            List<Future<Fetched>> fetches = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 20; i++) {
                    String url = server.address("/" + i + ".jpg");
                    fetches.add(threads.submit(() -> fetcher.fetch(url, null)));
                }
            }
            for (Future<Fetched> fetched : fetches) {
                assertThat(fetched.get().outcome()).isEqualTo(Outcome.KEPT);
            }
            assertThat(most).hasValueLessThanOrEqualTo(2);
        }
    }
}
