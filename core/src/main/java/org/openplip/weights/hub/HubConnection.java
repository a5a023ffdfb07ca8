package org.openplip.weights.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// The requests to a hub. What may pass with time (a cut line, 429, 5xx) is tried again after a
/// pause, a bounded number of times. The token goes to the hub alone, never where it redirects to.
final class HubConnection implements AutoCloseable {
    /// What a repository holds at a commit.
    record Listing(String commit, List<String> files) {}

    /// Attempts that brought at least so much, in bytes, do not count as failures in a row.
    private static final long PROGRESS = 1 << 20;

    private static final int LARGEST_LISTING = 32 << 20; // bytes; hubs hold up to 100,000 files
    private static final int MOST_REDIRECTS = 10;
    private static final Pattern SIZE = Pattern.compile("[0-9]{1,15}");
    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\\*)");

    private final HubSettings settings;
    private final Patience patience;
    private final HttpClient http;

    HubConnection(HubSettings settings, Patience patience, HttpClient.Builder http) {
        this.settings = settings;
        this.patience = patience;
        this.http =
                http.version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(patience.silence())
                        .build();
    }

    // ---- the three requests ---------------------------------------------------------------

    /// The commit that a revision stands for, and the files there.
    Listing listing(ModelName model) throws IOException, InterruptedException {
        URI address =
                address(
                        "/api/models/"
                                + model.repository()
                                + "/revision/"
                                + escape(model.revision()));
        byte[] body =
                persist(
                        model.toString(),
                        () -> {
                            try (Answer answer = send("GET", address, model, null, Map.of())) {
                                return readAll(answer, model);
                            }
                        });
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new DataException(address.toString(), null, "the hub's answer is not JSON", e);
        }
        String commit = json.path("sha").asText("");
        if (!ModelName.isCommit(commit)) {
            throw new DataException(
                    address.toString(), "sha", "expected a commit, got \"" + commit + "\"", null);
        }
        List<String> files = new ArrayList<>();
        json.path("siblings").forEach(file -> files.add(file.path("rfilename").asText("")));
        return new Listing(commit, files);
    }

    /// Hash and size of a file.
    RemoteFile describe(ModelName model, String commit, String file)
            throws IOException, InterruptedException {
        URI address = address("/" + model.repository() + "/resolve/" + commit + "/" + escape(file));
        return persist(
                model + ": " + file,
                () -> {
                    try (Answer answer = send("HEAD", address, model, file, Map.of())) {
                        return described(answer, model, commit, file, address);
                    }
                });
    }

    private static RemoteFile described(
            Answer answer, ModelName model, String commit, String file, URI address)
            throws DataException {
        String etag = answer.told("X-Linked-Etag").or(() -> answer.header("ETag")).orElse("");
        ContentHash hash =
                ContentHash.ofEtag(etag)
                        .orElseThrow(
                                () ->
                                        failure(
                                                model,
                                                file,
                                                "the hub gives no hash to check the file by"));
        String size =
                answer.told("X-Linked-Size")
                        .or(() -> answer.header("Content-Length"))
                        .orElse("nothing");
        if (!SIZE.matcher(size).matches()) {
            throw failure(model, file, "expected a size from the hub, got " + size);
        }
        String served = answer.told("X-Repo-Commit").orElse(commit);
        if (!served.equals(commit)) {
            throw failure(model, file, "asked for commit " + commit + ", the hub serves " + served);
        }
        return new RemoteFile(model, file, address, hash, Long.parseLong(size));
    }

    /// Brings `partial` to the file's size, going on from what is in it. The content is not
    /// checked.
    ///
    /// @param reached told how many bytes are there, now and then
    void fetch(RemoteFile file, Path partial, LongConsumer reached)
            throws IOException, InterruptedException {
        Validator validator = new Validator();
        persist(
                file.model() + ": " + file.name(),
                () -> {
                    try (FileChannel out =
                            FileChannel.open(
                                    partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                        attempt(file, partial, out, validator, reached);
                    }
                    return partial;
                });
    }

    /// The strong ETag of the answer that the last attempt got, whose rest the next one asks for.
    private static final class Validator {
        private @Nullable String etag;
    }

    private void attempt(
            RemoteFile file,
            Path partial,
            FileChannel out,
            Validator validator,
            LongConsumer reached)
            throws IOException, InterruptedException {
        long have = out.size();
        if (have > file.size()) have = emptied(out);
        if (have == file.size()) return;
        Map<String, String> headers = new LinkedHashMap<>();
        if (have > 0) {
            headers.put("Range", "bytes=" + have + "-");
            if (validator.etag != null) headers.put("If-Range", validator.etag);
        }
        try (Answer answer = send("GET", file.address(), file.model(), file.name(), headers)) {
            validator.etag = answer.header("ETag").filter(e -> e.startsWith("\"")).orElse(null);
            switch (answer.last.statusCode()) {
                case 206 -> {
                    if (!continues(answer, have, file.size())) {
                        out.truncate(0);
                        throw new Transient("the hub sent another part than was asked for", 0);
                    }
                }
                case 416 -> {
                    out.truncate(0);
                    throw new Transient("the hub has no such part of the file", 0);
                }
                default -> have = emptied(out);
            }
            copy(answer, file, partial, out, have, reached);
        }
    }

    private static boolean continues(Answer answer, long from, long size) {
        Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range").orElse(""));
        return range.matches()
                && Long.parseLong(range.group(1)) == from
                && (range.group(2).equals("*") || Long.parseLong(range.group(2)) == size);
    }

    private static long emptied(FileChannel out) throws IOException {
        if (out.size() > 0) out.truncate(0); // a device cannot be truncated
        return 0;
    }

    private void copy(
            Answer answer,
            RemoteFile file,
            Path partial,
            FileChannel out,
            long from,
            LongConsumer reached)
            throws IOException {
        long position = from;
        byte[] buffer = new byte[1 << 16];
        InputStream body = answer.last.body();
        try (Stall stall = Stall.watch(body, patience.silence())) {
            while (true) {
                int read;
                try {
                    read = body.read(buffer);
                } catch (IOException e) {
                    throw new Transient("the line was cut", position - from);
                }
                if (read < 0) break;
                stall.alive();
                if (position + read > file.size()) {
                    out.truncate(0);
                    throw failure(
                            file.model(),
                            file.name(),
                            "the hub sends more than the %d bytes it told of"
                                    .formatted(file.size()));
                }
                write(out, ByteBuffer.wrap(buffer, 0, read), position, partial);
                position += read;
                reached.accept(position);
            }
        }
        if (position < file.size()) throw new Transient("the line was cut", position - from);
        out.force(true);
    }

    private static void write(FileChannel out, ByteBuffer bytes, long at, Path file)
            throws IOException {
        try {
            for (long position = at; bytes.hasRemaining(); ) {
                position += out.write(bytes, position);
            }
        } catch (IOException e) {
            // Such as "No space left on device", which does not say where.
            throw (IOException)
                    new FileSystemException(file.toString(), null, e.getMessage()).initCause(e);
        }
    }

    /// The body of a short answer, for which one silence must do.
    private byte[] readAll(Answer answer, ModelName model) throws IOException {
        InputStream body = answer.last.body();
        byte[] bytes;
        try (Stall _ = Stall.watch(body, patience.silence())) {
            bytes = body.readNBytes(LARGEST_LISTING + 1);
        } catch (IOException e) {
            throw new Transient("the line was cut", 0);
        }
        if (bytes.length > LARGEST_LISTING) {
            throw new DataException(
                    model.toString(), null, "the hub's list of files is too long to be one", null);
        }
        return bytes;
    }

    // ---- one request, through its redirects -----------------------------------------------

    /// The last answer, and those that led to it.
    private record Answer(HttpResponse<InputStream> last, List<HttpResponse<InputStream>> all)
            implements AutoCloseable {
        Optional<String> header(String name) {
            return last.headers().firstValue(name);
        }

        /// The header in the first answer that has it: a hub tells of a file as it redirects.
        Optional<String> told(String name) {
            return all.stream().flatMap(r -> r.headers().firstValue(name).stream()).findFirst();
        }

        @Override
        public void close() throws IOException {
            for (HttpResponse<InputStream> response : all) response.body().close();
        }
    }

    private Answer send(
            String method,
            URI address,
            ModelName model,
            @Nullable String file,
            Map<String, String> headers)
            throws IOException, InterruptedException {
        List<HttpResponse<InputStream>> all = new ArrayList<>();
        URI at = address;
        while (true) {
            HttpResponse<InputStream> response = exchange(method, at, headers);
            all.add(response);
            Answer answer = new Answer(response, List.copyOf(all));
            int status = response.statusCode();
            boolean told =
                    answer.told("X-Linked-Etag").isPresent()
                            && answer.told("X-Linked-Size").isPresent();
            boolean redirects = status / 100 == 3;
            if (status / 100 == 2 || status == 416) return answer;
            if (redirects && told && method.equals("HEAD")) return answer;
            try (answer) {
                Optional<String> location = response.headers().firstValue("Location");
                if (!redirects || location.isEmpty()) {
                    throw refusal(model, file, status, answer);
                }
                if (all.size() > MOST_REDIRECTS) {
                    throw failure(model, file, "the hub redirects in circles");
                }
                at = redirected(at, location.get(), model, file);
            }
        }
    }

    private static URI redirected(URI from, String location, ModelName model, @Nullable String file)
            throws DataException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw failure(model, file, "the hub redirects to what is no address");
        }
        boolean http = "http".equals(to.getScheme());
        if (to.getHost() == null || !(http || "https".equals(to.getScheme()))) {
            throw failure(model, file, "the hub redirects to what is no address");
        }
        if (http && "https".equals(from.getScheme())) {
            throw failure(
                    model,
                    file,
                    "the hub redirects from https to http, at " + to.getHost() + "; refused");
        }
        return to;
    }

    private HttpResponse<InputStream> exchange(String method, URI to, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(to)
                        .method(method, BodyPublishers.noBody())
                        .header("User-Agent", "openplip")
                        .header("Accept-Encoding", "identity");
        headers.forEach(request::header);
        Token token = settings.token();
        if (token != null && isOfHub(to)) {
            request.header("Authorization", "Bearer " + token.value());
        }
        // The builder's own timeout would in later JDKs also end a long body.
        CompletableFuture<HttpResponse<InputStream>> answer =
                http.sendAsync(request.build(), BodyHandlers.ofInputStream());
        try {
            return answer.get(patience.silence().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            answer.cancel(true);
            throw new Transient(to.getHost() + " does not answer", 0);
        } catch (ExecutionException e) {
            throw unanswered(to, e.getCause());
        }
    }

    private static IOException unanswered(URI to, @Nullable Throwable why) {
        return switch (why) {
            case SSLHandshakeException tls ->
                    new DataException(
                            to.getHost(), null, "no secure connection: " + tls.getMessage(), tls);
            case ConnectException _, HttpConnectTimeoutException _ ->
                    new Transient("cannot connect to " + to.getHost(), 0);
            case IOException cut ->
                    new Transient("no answer from " + to.getHost() + ": " + cut.getMessage(), 0);
            case null, default -> throw new IllegalStateException(why);
        };
    }

    private boolean isOfHub(URI address) {
        URI hub = settings.endpoint();
        return hub.getScheme().equals(address.getScheme())
                && hub.getHost().equalsIgnoreCase(address.getHost())
                && port(hub) == port(address);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) return address.getPort();
        return "https".equals(address.getScheme()) ? 443 : 80;
    }

    private URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // ---- failures -------------------------------------------------------------------------

    /// What may pass with time.
    private static final class Transient extends IOException {
        private final long brought;
        private final @Nullable Duration wait;

        Transient(String reason, long brought) {
            this(reason, brought, null);
        }

        /// @param brought bytes that came before it failed
        /// @param wait how long the hub asks to wait
        Transient(String reason, long brought, @Nullable Duration wait) {
            super(reason);
            this.brought = brought;
            this.wait = wait;
        }
    }

    @FunctionalInterface
    private interface Attempt<T> {
        T make() throws IOException, InterruptedException;
    }

    private <T> T persist(String what, Attempt<T> attempt)
            throws IOException, InterruptedException {
        int failures = 0;
        while (true) {
            try {
                return attempt.make();
            } catch (Transient e) {
                failures = e.brought >= PROGRESS ? 1 : failures + 1;
                if (failures >= patience.attempts()) {
                    throw new DataException(
                            what,
                            null,
                            "given up after %d attempts: %s".formatted(failures, e.getMessage()),
                            e);
                }
                Duration wait = e.wait == null ? patience.after(failures) : e.wait;
                if (wait.compareTo(patience.longestPause()) > 0) {
                    throw new DataException(
                            what,
                            null,
                            "the hub asks to wait for %d s; try again then"
                                    .formatted(wait.toSeconds()),
                            e);
                }
                patience.pause().of(wait);
            }
        }
    }

    private IOException refusal(ModelName model, @Nullable String file, int status, Answer answer) {
        String code = answer.header("X-Error-Code").orElse("");
        if (code.equals("GatedRepo")) {
            return failure(
                    model,
                    file,
                    "is gated (%d): ask for access at %s/%s; %s"
                            .formatted(
                                    status,
                                    settings.endpoint(),
                                    model.repository(),
                                    tokenAdvice()));
        }
        return switch (status) {
            case 401 ->
                    failure(
                            model,
                            file,
                            settings.token() != null
                                    ? "the hub refuses the " + settings.token() + " (401)"
                                    : "there is no such model, or it is private (401); if private, "
                                            + tokenAdvice());
            case 403 -> failure(model, file, "the hub denies access (403); " + tokenAdvice());
            case 404 ->
                    switch (code) {
                        case "RepoNotFound" ->
                                failure(
                                        model,
                                        null,
                                        "there is no such model at "
                                                + settings.endpoint()
                                                + " (404)");
                        case "RevisionNotFound" ->
                                failure(
                                        model,
                                        null,
                                        "has no revision \"" + model.revision() + "\" (404)");
                        default ->
                                failure(
                                        model,
                                        file,
                                        file == null
                                                ? "there is no such model or revision at "
                                                        + settings.endpoint()
                                                        + " (404)"
                                                : "the hub lists this file but has it not (404)");
                    };
            case 408, 429, 500, 502, 503, 504 ->
                    new Transient("the hub answers " + status, 0, retryAfter(answer));
            default -> failure(model, file, "the hub answers " + status);
        };
    }

    private String tokenAdvice() {
        return settings.token() == null
                ? "a token is needed: set HF_TOKEN, or write it to " + settings.tokenFile()
                : "the " + settings.token() + " must be of an account that has access";
    }

    /// What `Retry-After` says, in seconds or as a date.
    private static @Nullable Duration retryAfter(Answer answer) {
        String text = answer.header("Retry-After").orElse("").strip();
        if (text.matches("[0-9]{1,9}")) return Duration.ofSeconds(Long.parseLong(text));
        try {
            Instant until =
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            Duration wait = Duration.between(Instant.now(), until);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeParseException _) {
            return null;
        }
    }

    private static DataException failure(ModelName model, @Nullable String file, String reason) {
        return new DataException(model.toString(), file, reason, null);
    }

    /// Ends what is under way.
    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
