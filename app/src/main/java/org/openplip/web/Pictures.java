package org.openplip.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.openpath.ShardPicture;
import org.openplip.search.Item;
import org.openplip.search.Region;
import org.openplip.slide.Level;

/// JPEG bytes of what is indexed: pictures from their files, tiles from their slides, slides as a
/// whole. Everything is decoded and encoded anew, so that no byte of a file reaches a browser
/// unread. Safe to share between threads.
final class Pictures {
    private static final int THUMBNAIL_EDGE = 320;
    private static final int PICTURE_EDGE = 1600;
    private static final int SLIDE_EDGE = 1800;
    private static final int QUALITY = 88;
    private static final String GONE = "the picture is no longer there";
    private static final long CACHE_BYTES = 64L << 20;

    private final Path root;
    private final Map<String, ServedSlide> slides;
    private final ByteCache cache = new ByteCache(CACHE_BYTES);

    Pictures(Path root, Map<String, ServedSlide> slides) {
        this.root = root;
        this.slides = slides;
    }

    /// The item's picture with no edge longer than 320 pixels.
    byte[] thumbnail(Item item) throws IOException {
        return cached("thumbnail " + item.id(), () -> fit(read(item), THUMBNAIL_EDGE));
    }

    /// The item's picture with no edge longer than 1600 pixels.
    byte[] picture(Item item) throws IOException {
        return cached("picture " + item.id(), () -> fit(read(item), PICTURE_EDGE));
    }

    /// The whole slide with no edge longer than 1800 pixels.
    byte[] overview(ServedSlide served) throws IOException {
        return cached("slide " + served.id(), () -> served.slide().overview(SLIDE_EDGE).image());
    }

    @FunctionalInterface
    private interface Source {
        RgbImage read() throws IOException;
    }

    private byte[] cached(String key, Source source) throws IOException {
        byte[] found = cache.find(key);
        if (found != null) return found;
        byte[] made = ImageEncoder.jpeg(source.read(), QUALITY);
        cache.put(key, made);
        return made;
    }

    private RgbImage read(Item item) throws IOException {
        Region region = item.region();
        if (region != null) {
            ServedSlide served = slides.get(item.source());
            if (served == null) throw Refusal.notFound("the slide of this tile is not served");
            return readRegion(served, region);
        }
        String path = item.path();
        if (path == null) throw Refusal.notFound("this item has no picture");
        ShardPicture inShard = ShardPicture.parse(path);
        try {
            if (inShard != null) {
                byte[] bytes = inShard.read();
                if (bytes == null) throw Refusal.notFound(GONE);
                return ImageDecoder.decode(bytes, path);
            }
            Path file = root.resolve(path);
            if (!Files.isRegularFile(file)) throw Refusal.notFound(GONE);
            return ImageDecoder.decode(file);
        } catch (DataException e) {
            throw Refusal.unusable("the picture cannot be read: " + e.reason());
        }
    }

    /// The tile at the coarsest level that still gives it `PICTURE_EDGE` pixels, or at level 0.
    private static RgbImage readRegion(ServedSlide served, Region region) throws IOException {
        List<Level> levels = served.slide().levels();
        int level = 0;
        for (int i = 1; i < levels.size(); i++) {
            double edge = Math.max(region.width(), region.height()) / levels.get(i).downsample();
            if (edge >= PICTURE_EDGE) level = i;
        }
        double downsample = levels.get(level).downsample();
        int width = Math.max(1, (int) Math.round(region.width() / downsample));
        int height = Math.max(1, (int) Math.round(region.height() / downsample));
        return served.slide().read(level, region.x(), region.y(), width, height);
    }

    private static RgbImage fit(RgbImage image, int edge) {
        double scale = (double) edge / Math.max(image.width(), image.height());
        if (scale >= 1) return image;
        return Resampler.bicubic(
                image,
                Math.max(1, (int) Math.round(image.width() * scale)),
                Math.max(1, (int) Math.round(image.height() * scale)));
    }
}
