package org.openplip.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.Checkpoint;
import org.openplip.ImageResult;
import org.openplip.Plip;
import org.openplip.evaluate.data.Sample;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;
import org.openplip.openpath.ShardPicture;
import org.openplip.search.Item;
import org.openplip.search.Region;
import org.openplip.search.SearchIndex;
import org.openplip.slide.Slide;
import org.openplip.slide.Tile;
import org.openplip.slide.TileGrid;

/// Makes a search index of pictures and the tiles of slides, embedded by one checkpoint. An index
/// that is there is replaced once the new one is whole.
public final class IndexBuild {
    private static final int BATCH = 64;

    private final Plip plip;
    private final SearchIndex index;
    private final IndexSettings settings;
    private final Consumer<LeftOut> told;
    private final Progress progress;
    private final List<LeftOut> leftOut = new ArrayList<>();

    private IndexBuild(
            Plip plip,
            SearchIndex index,
            IndexSettings settings,
            Consumer<LeftOut> told,
            Progress progress) {
        this.plip = plip;
        this.index = index;
        this.settings = settings;
        this.told = told;
        this.progress = progress;
    }

    /// Writes the index into `out` and yields what is in it.
    ///
    /// @param told hears of each input that cannot be read, as it comes up
    /// @throws DataException if `out` is something else, or the checkpoint cannot be read
    public static IndexContents write(
            Path checkpoint,
            Path out,
            List<PictureSource> sources,
            List<Path> slides,
            IndexSettings settings,
            Consumer<LeftOut> told,
            Progress progress)
            throws IOException {
        if (Files.exists(out) && !SearchIndex.exists(out)) {
            throw new DataException(out, "exists and is not an index; choose another folder");
        }
        String sha256 = Checkpoint.sha256(checkpoint);
        AtomicFiles.writeFolder(
                out,
                folder -> {
                    try (Plip plip = Plip.load(checkpoint);
                            SearchIndex index = SearchIndex.create(folder, plip.width(), sha256)) {
                        new IndexBuild(plip, index, settings, told, progress)
                                .addAll(sha256, sources, slides)
                                .write(folder);
                    }
                });
        return IndexContents.read(out);
    }

    private IndexContents addAll(String checkpoint, List<PictureSource> sources, List<Path> slides)
            throws IOException {
        long pictures = 0;
        Set<String> notices = new LinkedHashSet<>();
        for (PictureSource source : sources) {
            switch (source) {
                case PictureSource.Listed listed -> {
                    pictures += add(listed);
                    notices.add(listed.notice());
                }
                case PictureSource.Released released -> {
                    try (Release release = Release.open(released.folder())) {
                        pictures += add(released.name(), release);
                        notices.add(release.notice());
                    }
                }
            }
        }
        notices.remove("");
        if (!notices.isEmpty() && !slides.isEmpty()) {
            notices.add(
                    "Slide tiles are real; a model that learned from drawings cannot read them.");
        }
        long tiles = 0;
        long withoutTissue = 0;
        List<IndexContents.IndexedSlide> indexed = new ArrayList<>();
        for (Path file : slides) {
            try (Slide slide = Slide.open(file)) {
                TileGrid grid = grid(slide);
                add(slide, grid);
                tiles += grid.tiles().size();
                withoutTissue += grid.rejected();
                indexed.add(
                        new IndexContents.IndexedSlide(
                                slideName(file), file.toAbsolutePath().normalize().toString()));
            } catch (DataException e) {
                leaveOut(new LeftOut(file.toString(), e.reason()));
            }
        }
        index.commit();
        return new IndexContents(
                checkpoint,
                String.join(" ", notices),
                pictures,
                tiles,
                withoutTissue,
                indexed,
                leftOut);
    }

    private void leaveOut(LeftOut input) {
        leftOut.add(input);
        told.accept(input);
    }

    private long add(PictureSource.Listed source) throws IOException {
        List<Item> items = new ArrayList<>();
        try (Progress.Task task =
                        progress.begin("embedding " + source.name(), source.samples().size());
                Stream<ImageResult> results =
                        plip.encodeStored(source.samples().stream().map(Sample::picture))) {
            results.forEach(
                    result -> {
                        switch (result) {
                            case ImageResult.Embedded embedded -> items.add(item(source, embedded));
                            case ImageResult.Unreadable bad -> leaveOut(LeftOut.of(bad));
                        }
                        task.advance(1);
                    });
        }
        index.addAll(items);
        return items.size();
    }

    private static Item item(PictureSource.Listed source, ImageResult.Embedded embedded) {
        Sample sample = source.samples().get(Math.toIntExact(embedded.row()));
        return new Item(
                source.name() + "/" + sample.name(),
                "picture",
                source.name(),
                embedded.file().toAbsolutePath().normalize().toString(),
                orEmpty(sample.caption()),
                orEmpty(sample.label()),
                null,
                embedded.embedding());
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private long add(String name, Release release) throws IOException {
        List<Pair> pairs = release.pairs();
        try (Progress.Task task = progress.begin("embedding " + name, pairs.size())) {
            for (int start = 0; start < pairs.size(); start += BATCH) {
                List<Pair> batch = pairs.subList(start, Math.min(pairs.size(), start + BATCH));
                List<RgbImage> pictures = new ArrayList<>();
                for (Pair pair : batch) {
                    pictures.add(ImageDecoder.decode(release.picture(pair), pair.key()));
                }
                float[][] embeddings = plip.encodePictures(pictures);
                for (int i = 0; i < batch.size(); i++) {
                    index.add(item(name, release, batch.get(i), embeddings[i]));
                }
                task.advance(batch.size());
            }
        }
        return pairs.size();
    }

    private static Item item(String name, Release release, Pair pair, float[] embedding) {
        Map<String, List<String>> details = new LinkedHashMap<>();
        details.put("hashtag", pair.hashtags());
        details.put("split", List.of(pair.split()));
        details.put("image_sha256", List.of(pair.imageSha256()));
        if (pair.link() != null) details.put("link", List.of(pair.link()));
        if (pair.username() != null) details.put("username", List.of(pair.username()));
        if (pair.licence() != null) details.put("licence", List.of(pair.licence()));
        String file = pair.key() + ".jpg";
        return new Item(
                name + "/" + file,
                "picture",
                name,
                new ShardPicture(release.folder().resolve(pair.shard()), file).toString(),
                pair.caption(),
                "",
                null,
                embedding,
                details);
    }

    private TileGrid grid(Slide slide) throws DataException {
        return slide.micronsPerPixel().isPresent()
                ? TileGrid.of(
                        slide,
                        settings.micronsPerPixel(),
                        settings.tileSize(),
                        settings.minimumTissue())
                : TileGrid.ofLevel0(slide, settings.tileSize(), settings.minimumTissue());
    }

    private void add(Slide slide, TileGrid grid) throws IOException {
        String name = slideName(slide.file());
        List<Tile> tiles = grid.tiles();
        try (Progress.Task task = progress.begin("embedding tiles", tiles.size())) {
            for (int start = 0; start < tiles.size(); start += BATCH) {
                List<Tile> batch = tiles.subList(start, Math.min(tiles.size(), start + BATCH));
                List<RgbImage> pictures = new ArrayList<>();
                for (Tile tile : batch) pictures.add(grid.read(slide, tile));
                float[][] embeddings = plip.encodePictures(pictures);
                for (int i = 0; i < batch.size(); i++) {
                    Tile tile = batch.get(i);
                    index.add(
                            new Item(
                                    "%s@%d,%d".formatted(name, tile.x(), tile.y()),
                                    "tile",
                                    name,
                                    slide.file().toAbsolutePath().normalize().toString(),
                                    "",
                                    "",
                                    new Region(tile.x(), tile.y(), tile.width(), tile.height()),
                                    embeddings[i]));
                }
                task.advance(batch.size());
            }
        }
    }

    private static String slideName(Path file) {
        return String.valueOf(file.getFileName()).replaceFirst("\\.[^.]+$", "");
    }
}
