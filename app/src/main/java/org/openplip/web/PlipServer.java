package org.openplip.web;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.config.SizeUnit;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.openplip.search.Filter;
import org.openplip.search.SearchIndex;
import org.openplip.web.Answers.IndexCounts;
import org.openplip.web.Answers.Limits;
import org.openplip.web.Answers.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The REST interface and the page over one encoder and one index.
///
/// The encoder, the index and the slides stay the caller's: close the server first, then them.
/// Everything that a browser loads comes from this server.
public final class PlipServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PlipServer.class);

    /// Held here, because java.util.logging forgets the level of a logger that nobody holds.
    private static final java.util.logging.Logger JAVALIN_LOG =
            java.util.logging.Logger.getLogger("io.javalin");

    private static final java.util.logging.Logger JETTY_LOG =
            java.util.logging.Logger.getLogger("org.eclipse.jetty");

    private static final Map<String, String> HEADERS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; "
                            + "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
                            + "form-action 'self'; frame-ancestors 'none'",
                    "X-Content-Type-Options",
                    "nosniff",
                    "Referrer-Policy",
                    "no-referrer",
                    "Cross-Origin-Resource-Policy",
                    "same-origin",
                    "Cross-Origin-Opener-Policy",
                    "same-origin");

    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Javalin javalin;
    private final URI address;

    private PlipServer(Javalin javalin, URI address) {
        this.javalin = javalin;
        this.address = address;
    }

    /// A server that answers when this method returns.
    ///
    /// @throws ServerStartException if the port is in use or the address cannot be listened on
    public static PlipServer start(
            ServerOptions options, Encoder encoder, SearchIndex index, List<ServedSlide> slides)
            throws IOException {
        // A failed start is the caller's to report, in one line.
        JAVALIN_LOG.setLevel(Level.OFF);
        JETTY_LOG.setLevel(Level.WARNING);
        Map<String, ServedSlide> slidesById = new LinkedHashMap<>();
        for (ServedSlide slide : slides) {
            if (slidesById.put(slide.id(), slide) != null) {
                throw new IllegalArgumentException("slides: two have the id " + slide.id());
            }
        }
        Pictures pictures = new Pictures(options.root(), slidesById);
        SearchRoutes searchRoutes = new SearchRoutes(options, encoder, index, slidesById, pictures);
        SlideRoutes slideRoutes = new SlideRoutes(encoder, index, slidesById, pictures);
        Javalin javalin =
                Javalin.create(
                        config -> {
                            configure(config, options);
                            RoutesConfig routes = config.routes;
                            routes.before(context -> guard(context, options));
                            addPage(routes);
                            routes.get(
                                    "/api/status",
                                    context ->
                                            Reply.json(
                                                    context,
                                                    status(options, index, slidesById.size())));
                            searchRoutes.addTo(routes);
                            slideRoutes.addTo(routes);
                            addFailures(routes);
                        });
        try {
            javalin.start(options.host(), options.port());
        } catch (JavalinBindException e) {
            throw startFailure(options, e);
        } finally {
            JAVALIN_LOG.setLevel(Level.WARNING);
        }
        return new PlipServer(javalin, address(options.host(), javalin.port()));
    }

    /// Where the page is, such as `http://127.0.0.1:8080/`.
    public URI address() {
        return address;
    }

    public int port() {
        return javalin.port();
    }

    @Override
    public void close() {
        javalin.stop();
    }

    private static void configure(JavalinConfig config, ServerOptions options) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        // A file that only just is too large is for Upload to refuse, once it has been read.
        long form = options.uploadBytes() + Upload.FORM_OVERHEAD_BYTES;
        config.jetty.multipartConfig.maxFileSize(form, SizeUnit.BYTES);
        config.jetty.multipartConfig.maxTotalRequestSize(form, SizeUnit.BYTES);
        config.jetty.multipartConfig.maxInMemoryFileSize((int) form, SizeUnit.BYTES);
        config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        config.jetty.modifyServer(server -> server.setErrorHandler(new JsonErrors()));
    }

    /// Sets the headers of every answer, and refuses requests under a foreign name: a page
    /// elsewhere that points its own name at this machine (DNS rebinding) gets nothing.
    private static void guard(Context context, ServerOptions options) {
        HEADERS.forEach(context::header);
        if (!isLoopback(options.host())) return;
        String host = context.host();
        String name = host == null ? "" : host.replaceFirst(":\\d+$", "");
        if (!LOOPBACK_NAMES.contains(name) && !name.equals(options.host())) {
            throw new Refusal(403, "this server answers under localhost only");
        }
    }

    private static void addPage(RoutesConfig routes) {
        PageFiles.byAddress()
                .forEach(
                        (path, file) ->
                                routes.get(
                                        path,
                                        context ->
                                                context.contentType(file.contentType())
                                                        .header("Cache-Control", "no-cache")
                                                        .result(file.bytes())));
    }

    private static Status status(ServerOptions options, SearchIndex index, int slides)
            throws IOException {
        int tiles = index.count(Filter.any().kinds("tile"));
        int total = index.size();
        return new Status(
                options.model(),
                options.notice(),
                new IndexCounts(total - tiles, tiles, total, index.width()),
                slides,
                options.examples(),
                new Limits(options.uploadBytes(), options.uploadPixels()));
    }

    private static void addFailures(RoutesConfig routes) {
        routes.exception(Refusal.class, (e, c) -> Reply.failure(c, e.status(), message(e)));
        routes.exception(
                HttpResponseException.class,
                (e, c) ->
                        Reply.failure(
                                c,
                                e.getStatus(),
                                e.getStatus() == 404 ? "there is nothing here" : message(e)));
        routes.exception(
                Exception.class,
                (e, c) -> {
                    LOG.error("{} {} failed", c.method(), c.path(), e);
                    Reply.failure(c, 500, "the server failed; its log says why");
                });
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? "the request failed" : e.getMessage();
    }

    private static ServerStartException startFailure(ServerOptions options, Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String reason = cause.getMessage();
            if (cause instanceof BindException && reason != null && !reason.contains("in use")) {
                return new ServerStartException(
                        "cannot listen on %s port %d: %s"
                                .formatted(options.host(), options.port(), reason),
                        e);
            }
        }
        return new ServerStartException(
                "port %d is in use; choose another with --port".formatted(options.port()), e);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException _) {
            return false;
        }
    }

    private static URI address(String host, int port) {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return URI.create("http://" + name + ":" + port + "/");
    }

    /// Answers what Jetty itself refuses, such as a malformed address, in the same form.
    private static final class JsonErrors extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Object cause = request.getAttribute(ERROR_MESSAGE);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            HEADERS.forEach(response.getHeaders()::put);
            byte[] body = Reply.bytes(new Answers.Failure(reason(cause)));
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }

        private static String reason(@Nullable Object cause) {
            return cause == null ? "the request is malformed" : cause.toString();
        }
    }
}
