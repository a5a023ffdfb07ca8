package org.openplip.openpath.fetch;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A web server on all loopback addresses that also knows how to behave badly.
public final class LoopbackServer implements AutoCloseable {
    /// A request; header names are in lower case.
    public record Request(String method, String path, Map<String, String> headers, String body) {}

    /// How a body goes over the line.
    public enum Manner {
        WHOLE,
        /// Half of it, then the connection ends.
        CUT,
        /// A byte now and then, for ever.
        DRIP
    }

    /// An answer; `Content-Length` is added.
    @SuppressWarnings("ArrayRecordComponent")
    public record Reply(int status, Map<String, String> headers, byte[] body, Manner manner) {
        public static Reply of(int status, byte[] body) {
            return new Reply(status, Map.of(), body, Manner.WHOLE);
        }

        public static Reply of(int status, String text) {
            return of(status, text.getBytes(StandardCharsets.UTF_8));
        }

        public Reply with(String name, String value) {
            Map<String, String> more = new TreeMap<>(headers);
            more.put(name, value);
            return new Reply(status, more, body, manner);
        }

        Reply by(Manner other) {
            return new Reply(status, headers, body, other);
        }
    }

    /// Answers requests.
    @FunctionalInterface
    public interface Handler {
        Reply answer(Request request) throws InterruptedException;
    }

    private final ServerSocket socket;
    private final Handler handler;
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

    public LoopbackServer(Handler handler) throws IOException {
        this.handler = handler;
        this.socket = new ServerSocket(0, 200, InetAddress.ofLiteral("0.0.0.0"));
        Thread.ofVirtual().start(this::accept);
    }

    public String address(String path) {
        return address("127.0.0.1", path);
    }

    String address(String host, String path) {
        return "http://" + host + ":" + socket.getLocalPort() + path;
    }

    /// How often `path` was asked for.
    public int asked(String path) {
        AtomicInteger count = asked.get(path);
        return count == null ? 0 : count.get();
    }

    /// How many requests there were.
    int asked() {
        return asked.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void serve(Socket client) {
        try (client;
                InputStream in = new BufferedInputStream(client.getInputStream());
                OutputStream out = client.getOutputStream()) {
            for (Request request = read(in); request != null; request = read(in)) {
                asked.computeIfAbsent(request.path, _ -> new AtomicInteger()).incrementAndGet();
                if (!write(handler.answer(request), out)) return;
            }
        } catch (IOException | InterruptedException _) {
            // The client went away.
        } catch (RuntimeException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static boolean write(Reply reply, OutputStream out)
            throws IOException, InterruptedException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status + " x\r\n");
        reply.headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        if (reply.status != 304) head.append("Content-Length: " + reply.body.length + "\r\n");
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        start.writeBytes((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        switch (reply.manner) {
            case WHOLE -> start.writeBytes(reply.body);
            case CUT -> start.write(reply.body, 0, reply.body.length / 2);
            case DRIP -> {}
        }
        out.write(start.toByteArray());
        out.flush();
        if (reply.manner == Manner.DRIP) {
            for (byte b : reply.body) {
                out.write(b);
                out.flush();
                Thread.sleep(20);
            }
        }
        return reply.manner == Manner.WHOLE;
    }

    private static @Nullable Request read(InputStream in) throws IOException {
        String line = line(in);
        if (line.isEmpty()) return null;
        String[] first = line.split(" ");
        Map<String, String> headers = new TreeMap<>();
        for (String next = line(in); !next.isEmpty(); next = line(in)) {
            int colon = next.indexOf(':');
            headers.put(
                    next.substring(0, colon).toLowerCase(Locale.ROOT),
                    next.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        return new Request(first[0], first[1], headers, body);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') line.append((char) c);
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
