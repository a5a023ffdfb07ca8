package org.openplip.weights.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A hub on loopback that speaks as the public one does: a list of files by revision; small files
/// behind a relative redirect (307), with git's hash as their ETag; large files behind a redirect
/// (302) to another server, with their SHA-256 in `X-Linked-Etag`; `Range` with 206. Tests script
/// how it goes wrong.
final class LoopbackHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /// What came in.
    ///
    /// @param server `hub` or `files`
    record Request(
            String server,
            String method,
            String path,
            @Nullable String authorization,
            @Nullable String range,
            @Nullable String ifRange) {}

    /// An answer in place of the right one.
    interface Fault {
        void answer(HttpExchange exchange, LoopbackHub hub) throws IOException;
    }

    private static final class Stored {
        private final byte[] content;
        private final boolean large;

        Stored(byte[] content, boolean large) {
            this.content = content;
            this.large = large;
        }

        String hash() {
            return large ? sha256(content) : gitHash(content);
        }
    }

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer hub;
    private final HttpServer files;
    private final Map<String, Stored> stored = new LinkedHashMap<>();
    private final Map<String, String> revisions = new HashMap<>(Map.of("main", COMMIT));
    private final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
    private final List<String> listedToo = new ArrayList<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();

    LoopbackHub() throws IOException {
        hub = server("hub", this::answer);
        files = server("files", this::answerContent);
    }

    private HttpServer server(String name, HttpHandler handler) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> handle(name, exchange, handler));
        server.start();
        return server;
    }

    private void handle(String name, HttpExchange exchange, HttpHandler handler)
            throws IOException {
        String path = exchange.getRequestURI().toString();
        requests.add(
                new Request(
                        name,
                        exchange.getRequestMethod(),
                        path,
                        exchange.getRequestHeaders().getFirst("Authorization"),
                        exchange.getRequestHeaders().getFirst("Range"),
                        exchange.getRequestHeaders().getFirst("If-Range")));
        try (exchange) {
            Fault fault = nextFault(exchange.getRequestMethod() + " " + name + path);
            if (fault == null) handler.handle(exchange);
            else fault.answer(exchange, this);
        }
    }

    private @Nullable Fault nextFault(String request) {
        for (Map.Entry<String, Queue<Fault>> entry : faults.entrySet()) {
            if (!request.matches(entry.getKey())) continue;
            synchronized (entry.getValue()) {
                Fault fault = entry.getValue().poll();
                if (fault != null) return fault;
            }
        }
        return null;
    }

    // ---- what the hub holds ---------------------------------------------------------------

    URI endpoint() {
        return address(hub);
    }

    private static URI address(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void put(String file, byte[] content, boolean large) {
        stored.put(file, new Stored(content, large));
    }

    void put(String file, String content) {
        put(file, content.getBytes(StandardCharsets.UTF_8), false);
    }

    void remove(String file) {
        stored.remove(file);
    }

    void revision(String name, String commit) {
        revisions.put(name, commit);
    }

    /// Lists a file that is not there.
    void list(String file) {
        listedToo.add(file);
    }

    String hash(String file) {
        return of(file).hash();
    }

    byte[] content(String file) {
        return of(file).content;
    }

    private Stored of(String file) {
        Stored found = stored.get(file);
        if (found == null) throw new IllegalArgumentException("file: the hub has no " + file);
        return found;
    }

    /// Goes wrong in these ways, once each, at requests `METHOD SERVER/PATH` of this form.
    void fail(String form, Fault... ways) {
        faults.put(form, new ArrayDeque<>(List.of(ways)));
    }

    List<Request> requests(String method, String server, String pathPart) {
        return requests.stream()
                .filter(r -> r.method().equals(method) && r.server().equals(server))
                .filter(r -> r.path().contains(pathPart))
                .toList();
    }

    // ---- right answers --------------------------------------------------------------------

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String model = "/api/models/owner/tiny/revision/";
        if (path.startsWith(model)) {
            String revision = path.substring(model.length()).replace("%2F", "/");
            String commit = revisions.containsValue(revision) ? revision : revisions.get(revision);
            if (commit == null) {
                refuse(exchange, 404, "RevisionNotFound");
                return;
            }
            TreeSet<String> names = new TreeSet<>(stored.keySet());
            names.addAll(listedToo);
            StringBuilder siblings = new StringBuilder();
            for (String name : names) {
                siblings.append(siblings.isEmpty() ? "" : ",")
                        .append("{\"rfilename\":\"" + name + "\"}");
            }
            send(
                    exchange,
                    200,
                    "{\"id\":\"owner/tiny\",\"sha\":\"%s\",\"siblings\":[%s]}"
                            .formatted(commit, siblings)
                            .getBytes(StandardCharsets.UTF_8));
        } else if (path.startsWith("/owner/tiny/resolve/")) {
            String[] parts = path.substring("/owner/tiny/resolve/".length()).split("/", 2);
            exchange.getResponseHeaders().set("X-Repo-Commit", parts[0]);
            resolve(exchange, parts[1]);
        } else if (path.startsWith("/api/resolve-cache/")) {
            Stored file = of(path.substring(path.lastIndexOf('/') + 1));
            exchange.getResponseHeaders().set("ETag", "\"" + file.hash() + "\"");
            sendPart(exchange, file.content);
        } else {
            refuse(exchange, 404, "RepoNotFound");
        }
    }

    private void resolve(HttpExchange exchange, String name) throws IOException {
        Stored file = stored.get(name);
        if (file == null) {
            refuse(exchange, 404, "EntryNotFound");
        } else if (file.large) {
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + file.hash() + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", "" + file.content.length);
            redirect(exchange, 302, address(files) + "/" + name + "?Signature=s%2Fecret");
        } else {
            redirect(exchange, 307, "/api/resolve-cache/models/owner/tiny/" + name);
        }
    }

    private void answerContent(HttpExchange exchange) throws IOException {
        Stored file = of(exchange.getRequestURI().getPath().substring(1));
        // Stores of files have ETags of their own.
        exchange.getResponseHeaders().set("ETag", "\"part-" + file.content.length + "\"");
        sendPart(exchange, file.content);
    }

    private static void sendPart(HttpExchange exchange, byte[] content) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
        boolean same =
                ifRange == null || ifRange.equals(exchange.getResponseHeaders().getFirst("ETag"));
        if (range == null || !same) {
            send(exchange, 200, content);
            return;
        }
        int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        exchange.getResponseHeaders()
                .set(
                        "Content-Range",
                        "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        byte[] rest = new byte[content.length - from];
        System.arraycopy(content, from, rest, 0, rest.length);
        send(exchange, 206, rest);
    }

    static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", "" + body.length);
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static void redirect(HttpExchange exchange, int status, String to) throws IOException {
        exchange.getResponseHeaders().set("Location", to);
        send(exchange, status, "Redirecting".getBytes(StandardCharsets.UTF_8));
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        exchange.getResponseHeaders().set("X-Error-Code", code);
        send(exchange, status, "{\"error\":\"no\"}".getBytes(StandardCharsets.UTF_8));
    }

    // ---- wrong answers --------------------------------------------------------------------

    static Fault status(int status, String... headers) {
        return (exchange, _) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            send(exchange, status, "{}".getBytes(StandardCharsets.UTF_8));
        };
    }

    /// The right status line and headers of what was asked, then only so many bytes.
    static Fault cutAfter(int bytes) {
        return (exchange, hub) -> {
            byte[] content = hub.content(exchange.getRequestURI().getPath().substring(1));
            int from = 0;
            String range = exchange.getRequestHeaders().getFirst("Range");
            if (range != null) {
                from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
                exchange.getResponseHeaders()
                        .set(
                                "Content-Range",
                                "bytes %d-%d/%d"
                                        .formatted(from, content.length - 1, content.length));
            }
            exchange.getResponseHeaders().set("ETag", "\"part-" + content.length + "\"");
            exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
            exchange.getResponseBody().write(content, from, bytes);
            exchange.getResponseBody().flush();
        };
    }

    /// All of the content, whatever part was asked for.
    static Fault ignoreRange() {
        return (exchange, hub) ->
                send(exchange, 200, hub.content(exchange.getRequestURI().getPath().substring(1)));
    }

    /// Some bytes, then silence until the hub is closed.
    static Fault silentAfter(int bytes) {
        return (exchange, hub) -> trickle(exchange, hub, bytes, Duration.ofDays(1));
    }

    /// All of the content, with a pause after each piece of so many bytes.
    static Fault slow(int bytes, Duration pause) {
        return (exchange, hub) -> trickle(exchange, hub, bytes, pause);
    }

    private static void trickle(HttpExchange exchange, LoopbackHub hub, int bytes, Duration pause)
            throws IOException {
        byte[] content = hub.content(exchange.getRequestURI().getPath().substring(1));
        exchange.sendResponseHeaders(200, content.length);
        try {
            for (int from = 0; from < content.length; from += bytes) {
                int length = Math.min(bytes, content.length - from);
                exchange.getResponseBody().write(content, from, length);
                exchange.getResponseBody().flush();
                Thread.sleep(pause);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- hashes, as git and sha256sum say them --------------------------------------------

    static String sha256(byte[] content) {
        return hex("SHA-256", content);
    }

    static String gitHash(byte[] content) {
        byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + content.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(content, 0, all, head.length, content.length);
        return hex("SHA-1", all);
    }

    private static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        files.stop(0);
        threads.shutdownNow();
    }
}
