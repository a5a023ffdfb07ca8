package org.openplip.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.PictureEncoder;
import org.openplip.Plip;
import org.openplip.io.DataException;
import org.openplip.io.Npy;
import org.openplip.io.Progress;
import org.openplip.openpath.fetch.Patience;
import org.openplip.openpath.fetch.Waits;
import org.openplip.openpath.web.Query;
import org.openplip.openpath.web.WebSearch;
import org.openplip.openpath.web.WebSummary;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip openpath web`: rows of the web that are like seeds.
@Command(
        name = "web",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Find pictures with captions in collections of the web that are like seeds.",
        description = {
            "",
            "Looks at every row of a collection on disk, or asks a clip-retrieval service (this uses"
                    + " the network). Writes posts.jsonl, for openpath fetch and then openpath build,"
                    + " and rejected.jsonl. Killed or stopped, the same call goes on where it was."
        })
final class WebCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @ArgGroup(multiplicity = "1")
    private Seeds seeds = new Seeds();

    static final class Seeds {
        @Option(
                names = "--seeds",
                arity = "1..*",
                required = true,
                paramLabel = "PATH",
                description = "pictures, folders or @list.txt, or one .npy with their embeddings")
        private @Nullable List<String> pictures;

        @Option(
                names = "--texts",
                required = true,
                paramLabel = "FILE",
                description = "captions, one a line")
        private @Nullable Path texts;
    }

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    static final class Source {
        @Option(
                names = "--collection",
                required = true,
                paramLabel = "DIR",
                description = "folder with img_emb_*.npy and metadata_*.parquet, at any depth")
        private @Nullable Path collection;

        @Option(
                names = "--service",
                required = true,
                paramLabel = "URL",
                description =
                        "address of a clip-retrieval service, such as"
                                + " http://localhost:1234/knn-service")
        private @Nullable URI service;
    }

    @Option(
            names = "--index",
            paramLabel = "NAME",
            description = "the index that the service is to search, such as laion5B")
    private @Nullable String index;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "the model that made the collection's embeddings; without it a service embeds"
                            + " the seeds itself")
    private @Nullable Path model;

    @Option(
            names = "--neighbours",
            paramLabel = "K",
            defaultValue = "100",
            description = "of each seed, at most (default: ${DEFAULT-VALUE})")
    private int neighbours;

    @Option(
            names = "--threshold",
            required = true,
            paramLabel = "COS",
            description = "the least cosine of a row with a seed, -1 to 1")
    private double threshold;

    @Option(
            names = "--collected",
            required = true,
            paramLabel = "DAY",
            description =
                    "when the collection was made, such as 2022-03-31: the day of all its rows when"
                            + " the build splits by time")
    private LocalDate collected = LocalDate.EPOCH;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the folder of posts.jsonl and rejected.jsonl")
    private Path out = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        WebSearch search = new WebSearch(neighbours, threshold, collected);
        Progress progress = new TerminalProgress(System.err);
        float[][] vectors = vectors();
        WebSummary summary;
        if (source.collection != null) {
            if (vectors == null) throw wrong("--collection: needs --model, or --seeds FILE.npy");
            if (vectors.length == 0) throw wrong("--seeds, --texts: there are none");
            summary = search.scan(source.collection, vectors, out, progress);
        } else {
            if (index == null || source.service == null) throw wrong("--service: needs --index");
            summary =
                    search.ask(
                            source.service,
                            index,
                            queries(vectors),
                            out,
                            Patience.NORMAL,
                            Waits.real(),
                            progress);
        }
        System.out.printf(
                Locale.ROOT,
                "%d seeds: %d rows near to them, %d kept, %d rejected %s%n",
                summary.seeds(),
                summary.neighbours(),
                summary.kept(),
                summary.neighbours() - summary.kept(),
                summary.rejected());
        if (source.collection != null) {
            System.out.printf(
                    Locale.ROOT,
                    "%d rows looked at, %d of them without direction%n",
                    summary.scanned(),
                    summary.withoutDirection());
        }
        return 0;
    }

    /// The seeds' embeddings, or null where a service is to make them.
    private float @Nullable [][] vectors() throws IOException {
        List<String> given = seeds.pictures;
        if (given != null && given.size() == 1 && given.getFirst().endsWith(".npy")) {
            return Npy.read(Path.of(given.getFirst()));
        }
        if (model == null) return null;
        try (PictureEncoder encoder = PictureEncoder.open(model)) {
            if (seeds.texts == null) return encoder.encodeImages(pictures());
            if (encoder instanceof Plip plip) return plip.encodeTexts(texts(seeds.texts));
            throw new DataException(model, "knows pictures only: it cannot embed captions");
        }
    }

    private List<Path> pictures() throws IOException {
        return ImageInputs.list(seeds.pictures == null ? List.of() : seeds.pictures);
    }

    private static List<String> texts(Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        Captions.forEach(file, texts::add);
        return texts;
    }

    private List<Query> queries(float @Nullable [][] vectors) throws IOException {
        List<Query> queries = new ArrayList<>();
        if (vectors != null) {
            for (float[] vector : vectors) queries.add(new Query.OfEmbedding(vector));
        } else if (seeds.texts != null) {
            for (String text : texts(seeds.texts)) queries.add(new Query.OfText(text));
        } else {
            for (Path file : pictures()) queries.add(new Query.OfPicture(Files.readAllBytes(file)));
        }
        return queries;
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
