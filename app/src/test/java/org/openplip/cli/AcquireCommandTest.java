package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.openplip.cli.Ended.plip;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AcquireCommandTest {
    @TempDir private Path folder;

    @Test
    void bringsAnArchiveAndAServerIntoOneFolder() throws IOException {
        Path archive = folder.resolve("old.jsonl");
        Files.writeString(
                archive,
                """
                {"id": "7", "text": "t", "created_at": "2022-01-01T00:00:00Z"}
                broken
                """);
        Path out = folder.resolve("out");
        Ended read = plip("openpath", "acquire", "archive", "--out", out, archive);
        assertThat(read.exitCode()).as(read.err()).isZero();
        assertThat(read.out())
                .isEqualTo(
                        out.resolve("posts.jsonl")
                                + ": 1 posts, 0 of them replies; 1 left out with reasons\n");
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/api/v1/timelines/tag/gipath",
                exchange -> {
                    byte[] page =
                            """
                            [{"id": "9", "content": "<p>Ulcer</p>",
                              "created_at": "2023-01-01T00:00:00Z"}]
                            """
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, page.length);
                    exchange.getResponseBody().write(page);
                    exchange.close();
                });
        server.start();
        try {
            String address = "http://127.0.0.1:" + server.getAddress().getPort();
            Ended brought =
                    plip(
                            "openpath",
                            "acquire",
                            "mastodon",
                            "--out",
                            out,
                            "--server",
                            address,
                            "--hashtag",
                            "gipath",
                            "--since",
                            "2022-12-31");
            assertThat(brought.exitCode()).as(brought.err()).isZero();
            assertThat(brought.out()).contains(": 2 posts, ");
        } finally {
            server.stop(0);
        }
        assertThat(Files.readString(out.resolve("posts.jsonl")))
                .contains("\"id\":\"7\"", "\"id\":\"mastodon:127.0.0.1/9\",\"text\":\"Ulcer\"");
    }

    @Test
    void asksForATokenOfX() {
        assumeThat(System.getenv("X_BEARER_TOKEN")).as("X_BEARER_TOKEN is set here").isNull();
        Ended ended = plip("openpath", "acquire", "x", "--out", folder);
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err())
                .contains("X_BEARER_TOKEN: expected the bearer token of an app of X");
    }

    @Test
    void refusesATimeThatIsNone() {
        Ended ended = plip("openpath", "acquire", "x", "--out", folder, "--since", "last week");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err())
                .contains("expected 2022-11-16 or 2022-11-16T08:00:00Z, got last week");
    }
}
