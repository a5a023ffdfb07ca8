package org.openplip.web;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openplip.search.Hit;
import org.openplip.search.Item;
import org.openplip.search.Region;

/// The bodies that the server answers with; `docs/FORMATS.md` lists them.
final class Answers {
    record Failure(String error) {}

    record Status(
            String model,
            String notice,
            IndexCounts index,
            int slides,
            List<String> examples,
            Limits limits) {}

    record IndexCounts(int pictures, int tiles, int total, int width) {}

    record Limits(long bytes, long pixels) {}

    /// @param like the indexed item that was the query, if one was
    record Hits(List<FoundItem> hits, @Nullable FoundItem like, double milliseconds) {}

    /// @param similarity cosine of the angle to the query; absent for the query itself
    /// @param region of a tile: level-0 pixels
    /// @param slide of a tile: its slide, when that is served
    record FoundItem(
            String id,
            String kind,
            @Nullable Double similarity,
            String caption,
            String label,
            String source,
            String thumbnail,
            String picture,
            @Nullable Region region,
            @Nullable SlideName slide) {}

    record SlideName(String id, String title) {}

    record Slides(List<SlideFacts> slides) {}

    /// @param width in level-0 pixels
    record SlideFacts(
            String id,
            String title,
            long width,
            long height,
            @Nullable Double micronsPerPixel,
            int tiles,
            String thumbnail) {}

    record SlideMap(SlideFacts slide, String text, List<MapTile> tiles, Scale scale) {}

    /// Place and size in level-0 pixels.
    record MapTile(
            String id,
            long x,
            long y,
            long width,
            long height,
            double similarity,
            String thumbnail,
            String picture) {}

    /// The similarities at the two ends of the colour scale.
    ///
    /// @param given whether the request named an end; otherwise both are the range of the tiles
    record Scale(double min, double max, boolean given) {}

    private Answers() {}

    static FoundItem found(Hit hit, Map<String, ServedSlide> slides) {
        return found(hit.item(), hit.similarity(), slides);
    }

    static FoundItem found(
            Item item, @Nullable Double similarity, Map<String, ServedSlide> slides) {
        ServedSlide served = item.region() == null ? null : slides.get(item.source());
        return new FoundItem(
                item.id(),
                item.kind(),
                similarity,
                item.caption(),
                item.label(),
                item.source(),
                thumbnail(item.id()),
                picture(item.id()),
                item.region(),
                served == null ? null : new SlideName(served.id(), served.title()));
    }

    static String thumbnail(String id) {
        return "/api/thumbnail/" + segments(id);
    }

    static String picture(String id) {
        return "/api/picture/" + segments(id);
    }

    /// The id as part of an address: slashes stay, all else is percent-encoded.
    private static String segments(String id) {
        return Arrays.stream(id.split("/", -1))
                .map(Answers::segment)
                .collect(Collectors.joining("/"));
    }

    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
