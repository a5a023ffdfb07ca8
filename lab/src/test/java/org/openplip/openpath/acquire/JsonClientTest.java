package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;
import org.openplip.openpath.acquire.LoopbackServer.Reply;

@Timeout(60)
class JsonClientTest {
    private static final Reply GOOD = Reply.json("{\"a\": 1}");

    private LoopbackServer server;
    private JsonClient client;

    @BeforeEach
    void start() throws IOException {
        server = new LoopbackServer(_ -> GOOD);
        client = server.client();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    private int fetch() throws IOException, InterruptedException {
        return client.fetch(server.address().resolve("/page"), Map.of()).body().path("a").asInt();
    }

    private List<Duration> sleeps() {
        return server.ticker.sleeps;
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -7200, 40_000, 86_400 * 400L})
    void waitsForTheResetByTheServersClock(long skew) throws Exception {
        server.skew = seconds(skew);
        String reset = String.valueOf(server.clock().plusSeconds(540).getEpochSecond());
        server.faults.add(Reply.status(429, "{}").with("x-rate-limit-reset", reset));
        assertThat(fetch()).isEqualTo(1);
        assertThat(sleeps()).containsExactly(seconds(541));
    }

    @Test
    void understandsAResetInIso8601() throws Exception {
        server.skew = seconds(-3600);
        server.faults.add(
                Reply.status(429, "{}")
                        .with("X-RateLimit-Remaining", "0")
                        .with("X-RateLimit-Reset", server.clock().plusSeconds(100).toString()));
        assertThat(fetch()).isEqualTo(1);
        assertThat(sleeps()).containsExactly(seconds(101));
    }

    @Test
    void prefersRetryAfterInSecondsOrAsADate() throws Exception {
        server.skew = seconds(5000);
        server.faults.add(
                Reply.status(503, "busy")
                        .with("Retry-After", "17")
                        .with(
                                "ratelimit-reset",
                                String.valueOf(server.clock().plusSeconds(90).getEpochSecond())));
        server.faults.add(
                Reply.status(429, "{}")
                        .with(
                                "Retry-After",
                                LoopbackServer.httpDate(server.clock().plusSeconds(60 + 17))));
        assertThat(fetch()).isEqualTo(1);
        assertThat(sleeps()).containsExactly(seconds(17), seconds(61));
    }

    @Test
    void waitsBeforeTheNextRequestWhenTheWindowIsUsedUp() throws Exception {
        server.skew = seconds(-999);
        String reset = String.valueOf(server.clock().plusSeconds(300).getEpochSecond());
        server.faults.add(
                GOOD.with("x-rate-limit-remaining", "0").with("x-rate-limit-reset", reset));
        assertThat(fetch()).isEqualTo(1);
        assertThat(sleeps()).isEmpty();
        server.ticker.sleep(seconds(100)); // what was done meanwhile counts
        assertThat(fetch()).isEqualTo(1);
        assertThat(sleeps()).containsExactly(seconds(100), seconds(201));
    }

    @Test
    void keepsTheIntervalBetweenRequests() throws Exception {
        fetch();
        fetch();
        server.ticker.sleep(Duration.ofMillis(400));
        fetch();
        assertThat(sleeps())
                .containsExactly(seconds(1), Duration.ofMillis(400), Duration.ofMillis(600));
    }

    @Test
    void triesAgainWhatMayPassAndWaitsLongerEachTime() throws Exception {
        server.faults.add(Reply.status(500, "<html>"));
        server.faults.add(GOOD.cut(3));
        server.faults.add(GOOD.cut(3).with(LoopbackServer.UNTOLD_LENGTH, "yes"));
        server.faults.add(Reply.json(""));
        assertThat(fetch()).isEqualTo(1);
        assertThat(sleeps()).containsExactly(seconds(2), seconds(4), seconds(8), seconds(16));
    }

    @Test
    void givesUpAfterFiveAttempts() {
        for (int i = 0; i < 9; i++) {
            server.faults.add(Reply.status(503, "{\"detail\": \"Over capacity\"}"));
        }
        assertThatThrownBy(this::fetch)
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "127.0.0.1: given up after 5 attempts: 127.0.0.1 answers 503 (Over"
                                + " capacity)");
        assertThat(server.requests).hasSize(5);
    }

    @Test
    void doesNotWaitForHours() {
        String reset = String.valueOf(server.clock().plusSeconds(86_000).getEpochSecond());
        server.faults.add(
                Reply.status(429, "{}")
                        .with("x-rate-limit-remaining", "5")
                        .with("x-app-limit-24hour-remaining", "0")
                        .with("x-app-limit-24hour-reset", reset));
        assertThatThrownBy(this::fetch)
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "127.0.0.1: its limit is used up for 1434 minutes; give the same command"
                                + " again then");
        assertThat(sleeps()).isEmpty();
    }

    @Test
    void doesNotAskAgainWhatIsRefused() {
        server.faults.add(
                Reply.status(404, "{\"error\": \"NotFound\", \"message\": \"no such post\"}"));
        Refusal refusal = catchThrowableOfType(Refusal.class, this::fetch);
        assertThat(refusal.status()).isEqualTo(404);
        assertThat(refusal.code()).isEqualTo("NotFound");
        assertThat(refusal).hasMessage("answers 404 (no such post)");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void doesNotTakeATokenWhereItIsRedirected() throws Exception {
        try (LoopbackServer other = new LoopbackServer(_ -> GOOD)) {
            URI there = other.address().resolve("/elsewhere");
            server.faults.add(Reply.status(302, "").with("Location", there.toString()));
            URI here = server.address().resolve("/page");
            assertThatThrownBy(() -> client.fetch(here, Map.of("Authorization", "Bearer s")))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("answers 302, to " + there);
            assertThat(other.requests).isEmpty();
        }
    }

    @Test
    void saysThatNobodyIsThere() throws Exception {
        URI gone;
        try (LoopbackServer closed = new LoopbackServer(_ -> GOOD)) {
            gone = closed.address();
        }
        assertThatThrownBy(() -> client.fetch(gone, Map.of()))
                .isInstanceOf(DataException.class)
                .hasMessage("127.0.0.1: given up after 5 attempts: 127.0.0.1: cannot connect");
    }

    @Test
    void tellsTheServersTime() throws Exception {
        server.skew = Duration.ofDays(3);
        assertThat(client.serverTime(server.address())).isEqualTo(server.clock());
    }
}
