package org.openplip.openpath.fetch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/// Asks for one picture, through redirects and with patience, and says what came of it.
///
/// Every hop, the first too, must be `http` or `https` and all addresses of its host public, before
/// a connection is opened. The JDK's client looks the host up once more by itself and cannot be
/// given the address that was checked: that the second look-up agrees rests on the JDK's cache of
/// addresses, which keeps an answer for 30 s unless the security property
/// `networkaddress.cache.ttl` says otherwise, and is kept for the life of the process where that is
/// -1 (`plip openpath fetch` sets it). No proxy is used, as a proxy would look hosts up on its own.
///
/// Bodies are asked for as they are; a server that compresses them anyway is refused, so that
/// nothing is ever unpacked. Safe to share.
final class Fetcher implements AutoCloseable {
    /// Who we are, in `User-Agent` and in `X-Robots-Tag`.
    static final String AGENT = "openplip";

    /// The reason of pictures at addresses that are not public.
    static final String PRIVATE_ADDRESS = "private_address";

    /// The reason of pictures whose host failed so often in a row that it is left alone for now.
    static final String HOST_RESTS = "host_rests";

    private static final int MOST_REDIRECTS = 5;
    private static final int LARGEST_OTHER = 1 << 16; // bytes of a body that nobody reads
    private static final int LOOK_UPS = 16; // at once; one takes a thread and seconds if it fails

    private final FetchSettings settings;
    private final Waits waits;
    private final PictureStore store;
    private final Predicate<InetAddress> allowed;
    private final HostGates gates;
    private final HttpClient http;
    private final ExecutorService lookUps =
            Executors.newFixedThreadPool(LOOK_UPS, Thread.ofPlatform().daemon().factory());

    Fetcher(FetchSettings settings, Waits waits, PictureStore store) {
        this(
                settings,
                waits,
                store,
                settings.allowPrivate() ? _ -> true : PublicAddresses::contains);
    }

    /// @param allowed which addresses may be asked
    Fetcher(
            FetchSettings settings,
            Waits waits,
            PictureStore store,
            Predicate<InetAddress> allowed) {
        this.allowed = allowed;
        this.settings = settings;
        this.waits = waits;
        this.store = store;
        this.gates = new HostGates(settings, waits);
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .build();
    }

    // ---- attempts -------------------------------------------------------------------------

    /// What ends an attempt without a picture.
    private static final class Ended extends Exception {
        private final String reason;
        private final String detail;
        private final @Nullable Integer status;
        private final boolean mayPass;

        Ended(String reason, String detail, @Nullable Integer status, boolean mayPass) {
            super(reason, null, false, false);
            this.reason = reason;
            this.detail = detail;
            this.status = status;
            this.mayPass = mayPass;
        }

        static Ended forGood(String reason, String detail, @Nullable Integer status) {
            return new Ended(reason, detail, status, false);
        }

        static Ended forNow(String reason, String detail, @Nullable Integer status) {
            return new Ended(reason, detail, status, true);
        }
    }

    /// Fetches `url`.
    ///
    /// @param before what is there of an earlier run; it stays if the server says that nothing
    ///   changed, or does not answer
    /// @throws IOException if the picture cannot be stored
    Fetched fetch(String url, @Nullable Fetched before) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(url, before, attempt);
            } catch (Ended end) {
                if (!end.mayPass) {
                    return Fetched.rejected(url, end.reason, end.detail, end.status, attempt);
                }
                boolean last = attempt == settings.patience().attempts();
                if (last || end.reason.equals(HOST_RESTS)) {
                    if (before != null) return before;
                    return Fetched.failed(url, end.reason, end.detail, end.status, attempt);
                }
                waits.pause(settings.patience().after(attempt));
            }
        }
    }

    private Fetched once(String url, @Nullable Fetched before, int attempt)
            throws Ended, IOException, InterruptedException {
        URI at = WebAddress.parse(url);
        if (at == null) throw Ended.forGood("no_address", "", null);
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpResponse<byte @Nullable []> answer = ask(at, before);
            HttpHeaders headers = answer.headers();
            int status = answer.statusCode();
            String forbidden = forbidden(headers);
            if (forbidden != null) throw Ended.forGood("robots", forbidden, status);
            switch (status) {
                case 200 -> {
                    return picture(url, answer, attempt);
                }
                case 304 -> {
                    if (before != null) return before;
                    throw Ended.forNow("unexpected_status", "304", status);
                }
                case 301, 302, 303, 307, 308 -> {
                    String location = headers.firstValue("Location").orElse("");
                    URI to = WebAddress.redirected(at, location);
                    if (to == null) throw Ended.forGood("no_address", location, status);
                    at = to;
                }
                default -> throw refused(answer);
            }
        }
        throw Ended.forGood("redirects", "more than " + MOST_REDIRECTS, null);
    }

    private static Ended refused(HttpResponse<?> answer) {
        int status = answer.statusCode();
        return Patience.mayPass(status)
                ? Ended.forNow("status_" + status, "", status)
                : Ended.forGood("status_" + status, "", status);
    }

    private Fetched picture(String url, HttpResponse<byte @Nullable []> answer, int attempt)
            throws Ended, IOException {
        HttpHeaders headers = answer.headers();
        String encoding = encoding(headers);
        if (encoding != null) throw Ended.forGood("encoded", encoding, 200);
        byte[] body = answer.body();
        if (body == null) {
            String detail = "more than " + settings.largestPicture() + " bytes";
            throw Ended.forGood("too_large", detail, 200);
        }
        PictureType type = PictureType.of(body);
        if (type == null) throw Ended.forGood("not_a_picture", PictureType.guess(body), 200);
        PictureStore.Stored stored = store.put(body, type.ending());
        return new Fetched(
                url,
                Fetched.Outcome.KEPT,
                null,
                null,
                200,
                (long) body.length,
                stored.sha256(),
                stored.path(),
                headers.firstValue("ETag").orElse(null),
                headers.firstValue("Last-Modified").orElse(null),
                attempt);
    }

    private static @Nullable String forbidden(HttpHeaders headers) {
        return RobotsTag.forbids(headers.allValues("X-Robots-Tag"));
    }

    private static @Nullable String encoding(HttpHeaders headers) {
        for (String value : headers.allValues("Content-Encoding")) {
            if (!value.isBlank() && !value.strip().equalsIgnoreCase("identity")) return value;
        }
        return null;
    }

    // ---- one request ----------------------------------------------------------------------

    private HttpResponse<byte @Nullable []> ask(URI at, @Nullable Fetched before)
            throws Ended, InterruptedException {
        String scheme = at.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw Ended.forGood("scheme", scheme, null);
        }
        HttpRequest request = request(at, before);
        String host = at.getHost().toLowerCase(Locale.ROOT);
        try (HostGates.Gate gate = gates.enter(host)) {
            if (gate.rests()) throw Ended.forNow(HOST_RESTS, host, null);
            long end = System.nanoTime() + settings.exchangeLimit().toNanos();
            HttpResponse<byte @Nullable []> answer;
            try {
                check(host, end);
                answer = exchange(request, end);
            } catch (Ended unanswered) {
                if (unanswered.mayPass) gate.failed();
                throw unanswered;
            }
            int status = answer.statusCode();
            if (isDown(status)) gate.failed();
            else gate.answered();
            if (Patience.mayPass(status)) postpone(gate, answer);
            return answer;
        }
    }

    /// Whether a status is of the whole host, not of the picture.
    private static boolean isDown(int status) {
        return status == 429 || status == 502 || status == 503 || status == 504;
    }

    private static HttpRequest request(URI at, @Nullable Fetched before) throws Ended {
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(at)
                            .header("User-Agent", AGENT)
                            .header("Accept", "image/jpeg, image/png, image/*;q=0.5")
                            .header("Accept-Encoding", "identity");
            if (before != null && before.etag() != null) {
                request.header("If-None-Match", before.etag());
            } else if (before != null && before.lastModified() != null) {
                request.header("If-Modified-Since", before.lastModified());
            }
            return request.build();
        } catch (IllegalArgumentException e) {
            throw Ended.forGood("no_address", String.valueOf(e.getMessage()), null);
        }
    }

    /// Keeps all that is for a host waiting as long as its server asks, within our patience.
    private void postpone(HostGates.Gate gate, HttpResponse<?> answer) {
        Duration asked = Patience.asked(answer.headers(), waits.now());
        if (asked == null) return;
        Duration longest = settings.patience().longestPause();
        gate.postpone(asked.compareTo(longest) < 0 ? asked : longest);
    }

    /// That all addresses of `host` may be asked.
    private void check(String host, long end) throws Ended, InterruptedException {
        Future<InetAddress[]> lookUp =
                lookUps.submit(() -> InetAddress.getAllByName(unbracketed(host)));
        try {
            for (InetAddress address : lookUp.get(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                if (!allowed.test(address)) {
                    throw Ended.forGood(PRIVATE_ADDRESS, address.getHostAddress(), null);
                }
            }
        } catch (TimeoutException _) {
            lookUp.cancel(true);
            throw Ended.forNow("unknown_host", "no answer", null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException) {
                throw Ended.forNow("unknown_host", host, null);
            }
            throw Ended.forGood("no_address", String.valueOf(e.getCause()), null);
        }
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private HttpResponse<byte @Nullable []> exchange(HttpRequest request, long end)
            throws Ended, InterruptedException {
        CompletableFuture<HttpResponse<byte @Nullable []>> answer =
                http.sendAsync(request, info -> new CappedBody(capacity(info)));
        try {
            return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            throw Ended.forNow("timeout", settings.exchangeLimit().toSeconds() + " s", null);
        } catch (ExecutionException e) {
            throw unanswered(e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    /// How much of a body is read.
    private int capacity(HttpResponse.ResponseInfo info) {
        HttpHeaders headers = info.headers();
        if (info.statusCode() != 200) return LARGEST_OTHER;
        boolean unwanted =
                forbidden(headers) != null
                        || encoding(headers) != null
                        || headers.firstValueAsLong("Content-Length").orElse(0)
                                > settings.largestPicture();
        return unwanted ? 0 : settings.largestPicture();
    }

    private static Ended unanswered(@Nullable Throwable why) {
        return switch (why) {
            case SSLHandshakeException tls ->
                    Ended.forGood("no_secure_connection", String.valueOf(tls.getMessage()), null);
            case java.net.ConnectException e ->
                    Ended.forNow("no_connection", String.valueOf(e.getMessage()), null);
            case IOException cut -> Ended.forNow("cut", String.valueOf(cut.getMessage()), null);
            case null, default -> throw new IllegalStateException(why);
        };
    }

    /// Ends what is under way.
    @Override
    public void close() {
        lookUps.shutdownNow();
        http.shutdownNow();
        http.close();
    }
}
