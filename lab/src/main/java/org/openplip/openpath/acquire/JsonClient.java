package org.openplip.openpath.acquire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// JSON from a server that may be slow, busy or broken. What may pass with time (a cut line, half
/// an answer, 408, 429, 5xx) is tried again after a pause, a bounded number of times; a server that
/// says how long to wait is waited for. Redirects are not followed, as a token would go along. One
/// request at a time.
final class JsonClient implements AutoCloseable {
    /// An answer of status 2xx.
    record Answer(JsonNode body, HttpHeaders headers) {}

    /// A full page of X with its media has about 2 MB.
    private static final long LARGEST = 64L << 20;

    private final Patience patience;
    private final InstantSource clock;
    private final HttpClient http;

    /// No request before this time of the ticker.
    private Duration notBefore = Duration.ZERO;

    private boolean waits;

    JsonClient(Patience patience, InstantSource clock) {
        this.patience = patience;
        this.clock = clock;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(patience.silence())
                        .build();
    }

    /// What the server has at `address`.
    ///
    /// @throws Refusal if it answers with another status than 2xx that will not change
    /// @throws DataException if it cannot be reached or answers badly, again and again
    Answer fetch(URI address, Map<String, String> headers)
            throws IOException, InterruptedException {
        return persist(request(address, headers).GET().build());
    }

    /// What the server answers to `body`.
    Answer send(URI address, Map<String, String> headers, JsonNode body)
            throws IOException, InterruptedException {
        return persist(
                request(address, headers)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)))
                        .build());
    }

    /// The server's clock; ours where it does not tell.
    Instant serverTime(URI server) throws InterruptedException {
        try {
            return RateLimit.serverTime(
                    exchange(request(server, Map.of()).build()).headers(), clock);
        } catch (Transient _) {
            return clock.instant(); // the first real request will say what is wrong
        }
    }

    /// An address with its parameters escaped.
    static URI address(URI server, String path, Map<String, String> parameters) {
        StringBuilder address = new StringBuilder(server.toString().replaceFirst("/+$", ""));
        address.append(path);
        char separator = '?';
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            address.append(separator)
                    .append(escape(parameter.getKey()))
                    .append('=')
                    .append(escape(parameter.getValue()));
            separator = '&';
        }
        return URI.create(address.toString());
    }

    /// A text as a part of a path or of a query.
    static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static HttpRequest.Builder request(URI address, Map<String, String> headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .header("User-Agent", "openplip")
                        .header("Accept", "application/json");
        headers.forEach(request::header);
        return request;
    }

    /// What may pass with time.
    private static final class Transient extends IOException {
        private final @Nullable Duration wait;

        /// @param wait that the server asks for
        Transient(String reason, @Nullable Duration wait) {
            super(reason);
            this.wait = wait;
        }
    }

    private Answer persist(HttpRequest request) throws IOException, InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                await(request);
                return answer(request);
            } catch (Transient e) {
                if (failures >= patience.attempts()) {
                    throw new DataException(
                            String.valueOf(request.uri().getHost()),
                            null,
                            "given up after %d attempts: %s".formatted(failures, e.getMessage()),
                            e);
                }
                delay(e.wait == null ? patience.after(failures) : e.wait);
            }
        }
    }

    private void delay(Duration wait) {
        Duration until = patience.ticker().now().plus(wait);
        if (!waits || until.compareTo(notBefore) > 0) notBefore = until;
        waits = true;
    }

    private void await(HttpRequest request) throws DataException, InterruptedException {
        if (waits) {
            Duration wait = notBefore.minus(patience.ticker().now());
            if (wait.compareTo(patience.longestWait()) > 0) {
                throw new DataException(
                        String.valueOf(request.uri().getHost()),
                        null,
                        "its limit is used up for %d minutes; give the same command again then"
                                .formatted(wait.plusSeconds(59).toMinutes()),
                        null);
            }
            if (wait.isPositive()) patience.ticker().sleep(wait);
        }
        waits = false;
        delay(patience.interval());
    }

    private Answer answer(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = exchange(request);
        String host = String.valueOf(request.uri().getHost());
        int status = response.statusCode();
        JsonNode body;
        try {
            body = Json.MAPPER.readTree(response.body());
        } catch (IOException e) {
            body = MissingNode.getInstance();
        }
        Duration usedUp = RateLimit.whenUsedUp(response.headers(), clock);
        if (usedUp != null) delay(usedUp); // told with refusals, such as 404, too
        if (status / 100 == 2) {
            // Half an answer, when the server does not say how long it is, ends like a whole one.
            if (body.isMissingNode()) throw new Transient(host + " sends what is not JSON", null);
            return new Answer(body, response.headers());
        }
        String code = body.path("error").asText(body.path("title").asText(""));
        String said = body.path("message").asText(body.path("detail").asText(code));
        String reason = "answers " + status + (said.isEmpty() ? "" : " (" + said + ")");
        if (status == 408 || status == 429 || status / 100 == 5) {
            throw new Transient(
                    host + " " + reason, RateLimit.whenRefused(response.headers(), clock));
        }
        if (status / 100 == 3) {
            reason += ", to " + response.headers().firstValue("Location").orElse("nowhere");
        }
        throw new Refusal(status, code, reason);
    }

    private HttpResponse<byte[]> exchange(HttpRequest request)
            throws Transient, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST));
        String host = String.valueOf(request.uri().getHost());
        try {
            return answer.get(patience.silence().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            answer.cancel(true);
            throw new Transient(host + " does not answer", null);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof IOException cut)) throw new IllegalStateException(e);
            String why = cut.getMessage() == null ? "cannot connect" : cut.getMessage();
            throw new Transient(host + ": " + why, null);
        }
    }

    /// Ends what is under way.
    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
