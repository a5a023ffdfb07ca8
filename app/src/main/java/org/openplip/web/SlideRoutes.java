package org.openplip.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openplip.search.Filter;
import org.openplip.search.Hit;
import org.openplip.search.Item;
import org.openplip.search.Region;
import org.openplip.search.SearchIndex;
import org.openplip.web.Answers.MapTile;
import org.openplip.web.Answers.Scale;
import org.openplip.web.Answers.SlideFacts;
import org.openplip.web.Answers.SlideMap;
import org.openplip.web.Answers.Slides;

/// The served slides, and how well each of their tiles fits a phrase.
final class SlideRoutes {
    private final Encoder encoder;
    private final SearchIndex index;
    private final Map<String, ServedSlide> slides;
    private final Pictures pictures;

    SlideRoutes(
            Encoder encoder,
            SearchIndex index,
            Map<String, ServedSlide> slides,
            Pictures pictures) {
        this.encoder = encoder;
        this.index = index;
        this.slides = slides;
        this.pictures = pictures;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/slides", this::list);
        routes.get(
                "/api/slides/{id}/thumbnail",
                c -> Reply.jpeg(c, pictures.overview(slide(c.pathParam("id")))));
        routes.get("/api/slides/{id}/map", this::map);
    }

    private void list(Context context) throws IOException {
        List<SlideFacts> facts = new ArrayList<>();
        for (ServedSlide served : slides.values()) facts.add(facts(served));
        Reply.json(context, new Slides(facts));
    }

    private void map(Context context) throws IOException {
        ServedSlide served = slide(context.pathParam("id"));
        String text = Parameters.text(context);
        Double min = Parameters.number(context, "min");
        Double max = Parameters.number(context, "max");
        SlideFacts facts = facts(served);
        List<Hit> hits =
                facts.tiles() == 0
                        ? List.of()
                        : index.nearest(encoder.text(text), facts.tiles(), tilesOf(served));
        List<MapTile> tiles = new ArrayList<>(hits.size());
        for (Hit hit : hits) {
            Item item = hit.item();
            Region region = item.region();
            if (region == null) continue;
            tiles.add(
                    new MapTile(
                            item.id(),
                            region.x(),
                            region.y(),
                            region.width(),
                            region.height(),
                            hit.similarity(),
                            Answers.thumbnail(item.id()),
                            Answers.picture(item.id())));
        }
        double low = min != null ? min : hits.isEmpty() ? 0 : hits.getLast().similarity();
        double high = max != null ? max : hits.isEmpty() ? 0 : hits.getFirst().similarity();
        if (low > high)
            throw Refusal.badRequest("min: expected at most max, got " + low + " > " + high);
        Scale scale = new Scale(low, high, min != null || max != null);
        Reply.json(context, new SlideMap(facts, text, tiles, scale));
    }

    private SlideFacts facts(ServedSlide served) throws IOException {
        var microns = served.slide().micronsPerPixel();
        return new SlideFacts(
                served.id(),
                served.title(),
                served.slide().width(),
                served.slide().height(),
                microns.isPresent() ? microns.getAsDouble() : null,
                index.count(tilesOf(served)),
                "/api/slides/" + Answers.segment(served.id()) + "/thumbnail");
    }

    private static Filter tilesOf(ServedSlide served) {
        return Filter.any().kinds("tile").sources(served.id());
    }

    private ServedSlide slide(String id) {
        ServedSlide served = slides.get(id);
        if (served == null) throw Refusal.notFound("no such slide is served");
        return served;
    }
}
