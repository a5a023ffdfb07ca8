package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.Checkpoint;
import org.openplip.ImageResult;
import org.openplip.Plip;
import org.openplip.evaluate.TestSet;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.search.Item;
import org.openplip.search.Region;
import org.openplip.search.SearchIndex;
import org.openplip.slide.Slide;
import org.openplip.slide.Tile;
import org.openplip.slide.TileGrid;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `plip index`: pictures and slides in, a search index out.
@Command(
        name = "index",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Embed pictures and the tiles of slides into a search index.",
        description = {
            "",
            "Writes a Lucene directory with index.json, which says what is in it. An index that is"
                    + " there is replaced once the new one is whole. Inputs that cannot be read are"
                    + " left out, listed with their reason, and make the exit code 1."
        })
final class IndexCommand implements Callable<Integer> {
    /// The table `[index]` of a recipe.
    ///
    /// @param tileSize side of a tile's picture in pixels
    /// @param micronsPerPixel of a tile's picture
    /// @param minimumTissue least share of a tile that must be tissue, 0 to 1
    record Settings(int tileSize, double micronsPerPixel, double minimumTissue) {}

    /// `index.json`: what the index holds, for whoever serves it.
    ///
    /// @param checkpoint of the weights that made the embeddings, by [Checkpoint#sha256]
    /// @param notice what people must know about the pictures; empty for none
    record Contents(
            String checkpoint,
            String notice,
            long pictures,
            long tiles,
            long tilesWithoutTissue,
            List<IndexedSlide> slides,
            List<LeftOutList.LeftOut> leftOut) {
        Contents withPictures(long number) {
            return new Contents(
                    checkpoint, notice, number, tiles, tilesWithoutTissue, slides, leftOut);
        }
    }

    /// A slide whose tiles are in the index, as their `source`.
    record IndexedSlide(String source, String path) {}

    static final String CONTENTS = "index.json";
    private static final int BATCH = 64;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description = "checkpoint folder, or the name of a model that plip pull fetched")
    private Path model = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "the index")
    private Path out = Path.of("");

    @ArgGroup(exclusive = false, multiplicity = "1")
    private Inputs inputs = new Inputs();

    /// What is indexed; at least one.
    static final class Inputs {
        @Option(
                names = "--table",
                arity = "1..*",
                paramLabel = "FILE",
                description = "tables image,label,caption (CSV)")
        private List<Path> tables = List.of();

        @Option(
                names = "--images",
                arity = "1..*",
                paramLabel = "PATH",
                description = "picture files, folders, or @list.txt (a path a line)")
        private List<String> images = List.of();

        @Option(
                names = "--slide",
                arity = "1..*",
                paramLabel = "FILE",
                description = "whole-slide images, indexed by tile")
        private List<Path> slides = List.of();
    }

    @Mixin private RecipeOption recipe = new RecipeOption();

    @Override
    public Integer call() throws IOException {
        List<Path> images = ImageInputs.list(inputs.images);
        List<Source> sources = new ArrayList<>();
        for (Path table : inputs.tables) sources.add(Source.table(table));
        if (!images.isEmpty()) sources.add(Source.files(images));
        LeftOutList leftOut = new LeftOutList();
        Contents contents =
                write(
                        model,
                        out,
                        sources,
                        inputs.slides,
                        recipe.table("index", Settings.class),
                        leftOut,
                        new TerminalProgress(System.err));
        System.out.println(line(contents));
        return leftOut.report();
    }

    /// What an index holds, in one line.
    static String line(Contents contents) {
        return "%d pictures and %d tiles (%d tiles without tissue left out)"
                .formatted(contents.pictures, contents.tiles, contents.tilesWithoutTissue);
    }

    /// Pictures with what is known of them.
    ///
    /// @param name the items' `source`
    record Source(String name, String notice, List<Path> files, List<TestSet.Sample> samples) {
        static Source table(Path file) throws IOException {
            TestSet set = TestSet.table(file);
            String notice = Notices.beside(file);
            return new Source(
                    String.valueOf(file.getFileName()).replaceFirst("\\.[^.]+$", ""),
                    notice,
                    set.samples().stream().map(s -> set.root().resolve(s.file())).toList(),
                    set.samples());
        }

        static Source files(List<Path> files) {
            return new Source(
                    "pictures",
                    "",
                    files,
                    files.stream()
                            .map(file -> new TestSet.Sample(file.toString(), null, null))
                            .toList());
        }
    }

    /// Writes the index and says what is in it.
    static Contents write(
            Path model,
            Path out,
            List<Source> sources,
            List<Path> slides,
            Settings settings,
            LeftOutList leftOut,
            Progress progress)
            throws IOException {
        if (Files.exists(out) && !SearchIndex.exists(out)) {
            throw new DataException(out, "exists and is not an index; choose another folder");
        }
        Path partial = out.toAbsolutePath().resolveSibling(out.getFileName() + ".partial");
        AtomicFiles.deleteTree(partial);
        String checkpoint = Checkpoint.sha256(model);
        Contents contents;
        try (Plip plip = Plip.load(model);
                SearchIndex index = SearchIndex.create(partial, plip.width(), checkpoint)) {
            long pictures = 0;
            Set<String> notices = new LinkedHashSet<>();
            for (Source source : sources) {
                pictures += addPictures(plip, index, source, leftOut, progress);
                if (!source.notice.isEmpty()) notices.add(source.notice);
            }
            if (!notices.isEmpty() && !slides.isEmpty()) {
                notices.add(
                        "Slide tiles are real; a model that learned from drawings cannot read them.");
            }
            long tiles = 0;
            long withoutTissue = 0;
            List<IndexedSlide> indexed = new ArrayList<>();
            for (Path file : slides) {
                try (Slide slide = Slide.open(file)) {
                    TileGrid grid = grid(slide, settings);
                    addTiles(plip, index, slide, grid, progress);
                    tiles += grid.tiles().size();
                    withoutTissue += grid.rejected();
                    indexed.add(
                            new IndexedSlide(
                                    slideName(file), file.toAbsolutePath().normalize().toString()));
                } catch (DataException e) {
                    leftOut.add(file.toString(), e.reason());
                }
            }
            index.commit();
            contents =
                    new Contents(
                            checkpoint,
                            String.join(" ", notices),
                            pictures,
                            tiles,
                            withoutTissue,
                            indexed,
                            leftOut.all());
        }
        Json.write(partial.resolve(CONTENTS), contents);
        AtomicFiles.deleteTree(out);
        Files.move(partial, out, StandardCopyOption.ATOMIC_MOVE);
        return contents;
    }

    private static TileGrid grid(Slide slide, Settings settings) throws DataException {
        return slide.micronsPerPixel().isPresent()
                ? TileGrid.of(
                        slide, settings.micronsPerPixel, settings.tileSize, settings.minimumTissue)
                : TileGrid.ofLevel0(slide, settings.tileSize, settings.minimumTissue);
    }

    private static long addPictures(
            Plip plip, SearchIndex index, Source source, LeftOutList leftOut, Progress progress)
            throws IOException {
        List<Item> items = new ArrayList<>();
        try (Progress.Task task = progress.begin("embedding " + source.name, source.files.size());
                Stream<ImageResult> results = plip.encodeImages(source.files.stream())) {
            results.forEach(
                    result -> {
                        switch (result) {
                            case ImageResult.Embedded embedded ->
                                    items.add(
                                            item(
                                                    source,
                                                    source.samples.get(
                                                            Math.toIntExact(embedded.row())),
                                                    embedded));
                            case ImageResult.Unreadable bad -> leftOut.add(bad);
                        }
                        task.advance(1);
                    });
        }
        index.addAll(items);
        return items.size();
    }

    private static Item item(Source source, TestSet.Sample sample, ImageResult.Embedded embedded) {
        return new Item(
                source.name + "/" + sample.file(),
                "picture",
                source.name,
                embedded.file().toAbsolutePath().normalize().toString(),
                orEmpty(sample.caption()),
                orEmpty(sample.label()),
                null,
                embedded.embedding());
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static void addTiles(
            Plip plip, SearchIndex index, Slide slide, TileGrid grid, Progress progress)
            throws IOException {
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
