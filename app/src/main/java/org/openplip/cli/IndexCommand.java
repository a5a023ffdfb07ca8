package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openplip.index.IndexBuild;
import org.openplip.index.IndexContents;
import org.openplip.index.IndexSettings;
import org.openplip.index.PictureSource;
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
                names = "--release",
                arity = "1..*",
                paramLabel = "DIR",
                description =
                        "releases that plip openpath build wrote; captions, links, hashtags and"
                                + " splits go with the pictures")
        private List<Path> releases = List.of();

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
        List<PictureSource> sources = new ArrayList<>();
        for (Path table : inputs.tables) sources.add(PictureSource.table(table));
        for (Path release : inputs.releases) sources.add(PictureSource.release(release));
        if (!images.isEmpty()) sources.add(PictureSource.files(images));
        LeftOutList leftOut = new LeftOutList();
        IndexContents contents =
                IndexBuild.write(
                        model,
                        out,
                        sources,
                        inputs.slides,
                        recipe.table("index", IndexSettings.class),
                        leftOut::add,
                        new TerminalProgress(System.err));
        System.out.println(contents);
        return leftOut.report();
    }
}
