package org.openplip.openpath.acquire;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// An HTTP server on loopback whose clock runs with a test's ticker and whose answers may be cut.
final class LoopbackServer implements AutoCloseable {
    /// A request as it came.
    record Request(
            String method,
            String path,
            Map<String, String> parameters,
            Map<String, String> headers,
            String body) {}

    /// What is sent back.
    ///
    /// @param cut bytes of the body that are not sent, though its length was told
    record Reply(int status, Map<String, String> headers, String body, int cut) {
        static Reply json(String body) {
            return new Reply(200, Map.of(), body, 0);
        }

        static Reply status(int status, String body) {
            return new Reply(status, Map.of(), body, 0);
        }

        Reply with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Reply(status, more, body, cut);
        }

        Reply cut(int bytes) {
            return new Reply(status, headers, body, bytes);
        }
    }

    /// Time that passes when somebody sleeps.
    static final class Ticker implements Patience.Ticker {
        final List<Duration> sleeps = new CopyOnWriteArrayList<>();
        private volatile Duration now = Duration.ofHours(1);

        @Override
        public Duration now() {
            return now;
        }

        @Override
        public void sleep(Duration time) {
            sleeps.add(time);
            now = now.plus(time);
        }
    }

    /// A header with which the body has no length and ends with the connection.
    static final String UNTOLD_LENGTH = "X-Untold-Length";

    /// What the client takes for now; the server differs by [#skew].
    static final Instant OURS = Instant.parse("2023-02-01T12:00:00Z");

    final Ticker ticker = new Ticker();
    final List<Request> requests = new CopyOnWriteArrayList<>();

    /// Sent before the handler is asked, one a request.
    final Queue<Reply> faults = new ArrayDeque<>();

    volatile Duration skew = Duration.ZERO;
    private final ServerSocket socket;
    private final Function<Request, Reply> handler;

    LoopbackServer(Function<Request, Reply> handler) throws IOException {
        this.handler = handler;
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    /// The client for a test: no real time passes.
    JsonClient client() {
        return new JsonClient(
                new Patience(
                        5,
                        Duration.ofSeconds(2),
                        Duration.ofHours(1),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(1),
                        ticker),
                InstantSource.fixed(OURS));
    }

    /// The server's own clock.
    Instant clock() {
        return OURS.plus(skew).plus(ticker.now()).minus(Duration.ofHours(1));
    }

    /// A time of the server's clock as in HTTP's headers.
    static String httpDate(Instant time) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException _) {
                return; // closed
            }
        }
    }

    private void serve(Socket connection) {
        try (connection;
                InputStream in = new BufferedInputStream(connection.getInputStream());
                OutputStream out = connection.getOutputStream()) {
            Request request = read(in);
            Reply reply;
            synchronized (this) {
                if (!request.method.equals("GET") || !request.path.equals("/")) {
                    requests.add(request);
                }
                boolean clockOnly = request.path.equals("/");
                Reply fault = clockOnly ? null : faults.poll();
                reply =
                        clockOnly
                                ? Reply.status(404, "")
                                : fault == null ? handler.apply(request) : fault;
            }
            byte[] body = reply.body.getBytes(StandardCharsets.UTF_8);
            StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status + " told\r\n");
            if (!reply.headers.containsKey(UNTOLD_LENGTH)) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            head.append("Connection: close\r\nDate: ").append(httpDate(clock())).append("\r\n");
            reply.headers.forEach((n, v) -> head.append(n).append(": ").append(v).append("\r\n"));
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            out.write(body, 0, Math.max(0, body.length - reply.cut));
            out.flush();
        } catch (IOException _) {
            // The client is gone.
        }
    }

    private static Request read(InputStream in) throws IOException {
        String[] first = line(in).split(" ");
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        URI target = URI.create(first[1]);
        Map<String, String> parameters = new LinkedHashMap<>();
        if (target.getRawQuery() != null) {
            for (String pair : target.getRawQuery().split("&")) {
                int equals = pair.indexOf('=');
                parameters.put(
                        decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return new Request(first[0], decode(target.getRawPath()), parameters, headers, body);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) throw new IOException("closed");
            if (b != '\r') line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
