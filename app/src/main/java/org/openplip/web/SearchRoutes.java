package org.openplip.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openplip.image.RgbImage;
import org.openplip.search.Filter;
import org.openplip.search.Hit;
import org.openplip.search.Item;
import org.openplip.search.SearchIndex;
import org.openplip.web.Answers.FoundItem;
import org.openplip.web.Answers.Hits;

/// Search by words, by a picture, and by an indexed item; and the pictures of indexed items.
final class SearchRoutes {
    private static final int DEFAULT_HITS = 24;
    private static final int MOST_HITS = 200;
    private static final long UPLOAD_PATIENCE_SECONDS = 20;

    private final ServerOptions options;
    private final Encoder encoder;
    private final SearchIndex index;
    private final Map<String, ServedSlide> slides;
    private final Pictures pictures;

    /// A decoded upload can take hundreds of megabytes: as many at once as there are cores.
    private final Semaphore uploads =
            new Semaphore(Runtime.getRuntime().availableProcessors(), true);

    SearchRoutes(
            ServerOptions options,
            Encoder encoder,
            SearchIndex index,
            Map<String, ServedSlide> slides,
            Pictures pictures) {
        this.options = options;
        this.encoder = encoder;
        this.index = index;
        this.slides = slides;
        this.pictures = pictures;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/search", this::byText);
        routes.post("/api/search", this::byPicture);
        routes.get("/api/similar", this::similar);
        routes.get(
                "/api/picture/<id>", c -> Reply.jpeg(c, pictures.picture(item(c.pathParam("id")))));
        routes.get(
                "/api/thumbnail/<id>",
                c -> Reply.jpeg(c, pictures.thumbnail(item(c.pathParam("id")))));
    }

    private void byText(Context context) throws IOException {
        long start = System.nanoTime();
        String text = Parameters.text(context);
        int k = Parameters.count(context, "k", DEFAULT_HITS, MOST_HITS);
        Filter filter = Parameters.kind(context);
        answer(context, index.nearest(encoder.text(text), k, filter), null, start);
    }

    private void byPicture(Context context) throws IOException, InterruptedException {
        long start = System.nanoTime();
        int k = Parameters.count(context, "k", DEFAULT_HITS, MOST_HITS);
        Filter filter = Parameters.kind(context);
        answer(context, index.nearest(embedUpload(context), k, filter), null, start);
    }

    private float[] embedUpload(Context context) throws IOException, InterruptedException {
        if (!uploads.tryAcquire(UPLOAD_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw Refusal.busy("too many pictures at once; try again in a moment");
        }
        try {
            byte[] bytes = Upload.bytes(context, options.uploadBytes());
            RgbImage image = Upload.decode(bytes, options.uploadPixels());
            return encoder.image(image);
        } finally {
            uploads.release();
        }
    }

    private void similar(Context context) throws IOException {
        long start = System.nanoTime();
        String id = Parameters.required(context, "id");
        int k = Parameters.count(context, "k", DEFAULT_HITS, MOST_HITS);
        Filter filter = Parameters.kind(context);
        Item item = item(id);
        List<Hit> hits =
                index.nearest(item.embedding(), k + 1, filter).stream()
                        .filter(hit -> !hit.item().id().equals(id))
                        .limit(k)
                        .toList();
        answer(context, hits, Answers.found(item, null, slides), start);
    }

    private void answer(Context context, List<Hit> hits, @Nullable FoundItem like, long start) {
        List<FoundItem> found = hits.stream().map(hit -> Answers.found(hit, slides)).toList();
        double milliseconds = Math.round((System.nanoTime() - start) / 1e3) / 1e3;
        Reply.json(context, new Hits(found, like, milliseconds));
    }

    /// The indexed item; an id is looked up in the index and nowhere else.
    private Item item(String id) throws IOException {
        return index.get(id)
                .orElseThrow(() -> Refusal.notFound("nothing is indexed under this id"));
    }
}
