package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.ImageResult;
import org.openplip.PictureEncoder;
import org.openplip.Plip;
import org.openplip.index.LeftOut;
import org.openplip.io.DataException;
import org.openplip.io.Npy;
import org.openplip.io.Progress;
import org.openplip.model.Precision;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip embed`: pictures or captions in, a matrix or a table of embeddings out.
@Command(
        name = "embed",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Turn pictures or captions into embeddings (.npy or .parquet).",
        description = {
            "",
            "Writes [n, width], a row for each input in the order given, of unit length. Killed or"
                    + " stopped, the same call goes on where it was. Pictures that cannot be read"
                    + " are left out, listed with their reason in FILE.unreadable.tsv, and make the"
                    + " exit code 1."
        })
final class EmbedCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "checkpoint of a CLIP (a folder, a file, or the name of a model that plip pull"
                            + " fetched), or for pictures a state dict of torchvision's DenseNet or"
                            + " vision transformer (.pth, .safetensors)")
    private Path model = Path.of("");

    @ArgGroup(multiplicity = "1")
    private Inputs inputs = new Inputs();

    static final class Inputs {
        @Option(
                names = "--images",
                arity = "1..*",
                required = true,
                paramLabel = "PATH",
                description = "picture files, folders, or @list.txt (a path a line)")
        private @Nullable List<String> images;

        @Option(
                names = "--texts",
                required = true,
                paramLabel = "FILE",
                description = "captions, one a line")
        private @Nullable Path texts;
    }

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description =
                    "FILE.npy: the matrix, and FILE.npy.rows.parquet beside it, which says what each"
                            + " row is; FILE.parquet: both in one table")
    private Path out = Path.of("");

    @Option(names = "--raw", description = "do not scale the embeddings to unit length")
    private boolean raw;

    @Option(
            names = "--dtype",
            paramLabel = "T",
            defaultValue = "float32",
            description = "of a .npy: float32 or float16 (default: ${DEFAULT-VALUE})")
    private Npy.Type dtype = Npy.Type.FLOAT32;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "float32",
            description =
                    "the model computes in: float32, bf16 or int8 (default: ${DEFAULT-VALUE})")
    private Precision precision = Precision.FLOAT32;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "" + Plip.BATCH,
            description = "inputs that go through the model together (default: ${DEFAULT-VALUE})")
    private int batch = Plip.BATCH;

    @Override
    public Integer call() throws IOException {
        check();
        UnfinishedEmbeddings.Settings settings =
                new UnfinishedEmbeddings.Settings(
                        inputs.texts == null,
                        model.toAbsolutePath().toString(),
                        UnfinishedEmbeddings.Settings.modelFiles(model),
                        precision.name(),
                        raw,
                        dtype,
                        batch);
        try (PictureEncoder encoder = encoder();
                UnfinishedEmbeddings work = UnfinishedEmbeddings.open(out, settings, this::list)) {
            if (work.doneInputs() > 0) {
                System.err.printf(
                        "  going on after %d of %d inputs%n", work.doneInputs(), work.inputs());
            }
            Progress progress = new TerminalProgress(System.err);
            try (Progress.Task task =
                    progress.begin("embedding", work.inputs() - work.doneInputs())) {
                if (settings.images()) embedImages(encoder, work, task);
                else embedTexts((Plip) encoder, work, task);
            }
            work.finish(encoder.width());
            System.out.printf(
                    "%s: %d %s x %d%n",
                    out, work.rows(), settings.images() ? "pictures" : "captions", encoder.width());
            if (work.leftOut() == 0) return 0;
            System.err.printf(
                    "plip: left out %d of the inputs (listed in %s)%n",
                    work.leftOut(), work.leftOutList());
            return 1;
        }
    }

    /// The model, a [Plip] if captions are asked for.
    private PictureEncoder encoder() throws IOException {
        PictureEncoder encoder = PictureEncoder.open(model, precision, batch);
        if (inputs.texts == null || encoder instanceof Plip) return encoder;
        encoder.close();
        throw new DataException(model, "knows pictures only: it cannot embed captions");
    }

    private void check() {
        String name = out.toString();
        if (!name.endsWith(".npy") && !UnfinishedEmbeddings.isTable(out)) {
            throw wrong("--out: expected a name that ends in .npy or .parquet, got " + name);
        }
        if (UnfinishedEmbeddings.isTable(out) && dtype != Npy.Type.FLOAT32) {
            throw wrong("--dtype: Parquet holds float32 only");
        }
        if (batch < 1) throw wrong("--batch: expected at least 1, got " + batch);
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    private void list(InputSink sink) throws IOException {
        if (inputs.texts != null) Captions.forEach(inputs.texts, sink);
        else if (inputs.images != null) ImageInputs.forEach(inputs.images, sink);
    }

    private void embedImages(PictureEncoder encoder, UnfinishedEmbeddings work, Progress.Task task)
            throws IOException {
        try (Stream<String> names = work.remaining();
                Stream<ImageResult> results = results(encoder, names.map(Path::of))) {
            for (Iterator<ImageResult> all = results.iterator(); all.hasNext(); ) {
                switch (all.next()) {
                    case ImageResult.Embedded embedded -> work.row(embedded.embedding());
                    case ImageResult.Unreadable bad -> {
                        LeftOut leftOut = LeftOut.of(bad);
                        LeftOutList.print(leftOut);
                        work.noRow(leftOut.reason());
                    }
                }
                if (work.doneInputs() % batch == 0) work.step();
                task.advance(1);
            }
        }
    }

    private Stream<ImageResult> results(PictureEncoder encoder, Stream<Path> files) {
        return raw ? encoder.rawImages(files) : encoder.encodeImages(files);
    }

    private void embedTexts(Plip plip, UnfinishedEmbeddings work, Progress.Task task)
            throws IOException {
        try (Stream<String> texts = work.remaining();
                Stream<float[]> rows = raw ? plip.rawTexts(texts) : plip.encodeTexts(texts)) {
            for (Iterator<float[]> all = rows.iterator(); all.hasNext(); ) {
                work.row(all.next());
                if (work.doneInputs() % Plip.TEXT_WINDOW == 0) work.step();
                task.advance(1);
            }
        }
    }
}
