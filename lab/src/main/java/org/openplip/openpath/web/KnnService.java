package org.openplip.openpath.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.openpath.fetch.Patience;
import org.openplip.openpath.fetch.Waits;

/// A service that speaks clip-retrieval's protocol: `POST /knn-service` with a text, a picture or
/// an embedding gives back the nearest rows of an index with `url`, `caption`, `id` and
/// `similarity`. What the service itself leaves out (duplicates, pictures that its safety model
/// finds unfit) is not told of.
final class KnnService implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2); // for an answer
    private static final int LARGEST = 256 << 20; // bytes of an answer

    private final URI address;
    private final String index;
    private final int k;
    private final Patience patience;
    private final Waits waits;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /// @param index one of those that the service has, such as `laion5B`
    KnnService(URI address, String index, int k, Patience patience, Waits waits) {
        this.address = address;
        this.index = index;
        this.k = k;
        this.patience = patience;
        this.waits = waits;
    }

    /// The answer, an array with an object a row.
    ///
    /// @throws DataException if the service refuses, does not answer or answers something else
    byte[] ask(Query query) throws IOException, InterruptedException {
        ObjectNode body = query.fields();
        body.put("modality", "image").put("indice_name", index);
        body.put("num_images", k).put("num_result_ids", k).put("use_mclip", false);
        body.put("deduplicate", true);
        body.put("use_safety_model", true).put("use_violence_detector", true);
        HttpRequest request =
                HttpRequest.newBuilder(address)
                        .header("Content-Type", "application/json")
                        .header("User-Agent", "openplip")
                        .POST(BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)))
                        .build();
        for (int attempt = 1; ; attempt++) {
            String trouble;
            Duration asked = null;
            try {
                HttpResponse<byte[]> answer = exchange(request);
                int status = answer.statusCode();
                if (status == 200) {
                    array(answer.body());
                    return answer.body();
                }
                trouble = "answers " + status;
                if (!Patience.mayPass(status)) throw failure(trouble, null);
                asked = Patience.asked(answer.headers(), waits.now());
            } catch (TimeoutException _) {
                trouble = "does not answer";
            } catch (JsonProcessingException e) {
                trouble = "answers something that is not JSON";
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof IOException)) throw new IllegalStateException(e);
                trouble = "cannot be reached: " + e.getCause().getMessage();
            }
            if (attempt == patience.attempts()) {
                throw failure(trouble + ", after %d attempts".formatted(attempt), null);
            }
            Duration wait = asked == null ? patience.after(attempt) : asked;
            Duration longest = patience.longestPause();
            waits.pause(wait.compareTo(longest) < 0 ? wait : longest);
        }
    }

    private HttpResponse<byte[]> exchange(HttpRequest request)
            throws InterruptedException, TimeoutException, ExecutionException {
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST));
        try {
            return answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } finally {
            answer.cancel(true);
        }
    }

    private JsonNode array(byte[] body) throws IOException {
        JsonNode answer = Json.MAPPER.readTree(body);
        if (!answer.isArray()) throw failure("answers no list of rows", null);
        return answer;
    }

    /// Takes the rows of an answer.
    @FunctionalInterface
    interface Sink {
        void accept(Neighbour neighbour);
    }

    /// Hands over the rows in an answer to the query of number `seed`.
    void read(byte[] body, int seed, Sink sink) throws IOException {
        for (JsonNode row : array(body)) {
            sink.accept(
                    new Neighbour(
                            seed,
                            (float) row.path("similarity").asDouble(),
                            index + ":" + row.path("id").asText("?"),
                            text(row, "url"),
                            text(row, "caption"),
                            "NSFW".equalsIgnoreCase(row.path("NSFW").asText())));
        }
    }

    private static @Nullable String text(JsonNode row, String field) {
        return row.path(field).isTextual() ? row.path(field).asText() : null;
    }

    private DataException failure(String reason, @Nullable Throwable cause) {
        return new DataException(address.toString(), null, reason, cause);
    }

    @Override
    public void close() {
        http.close();
    }
}
