package org.openplip.cli;

import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openplip.ImageResult;
import org.openplip.Plip;
import org.openplip.io.Npy;
import org.openplip.io.Progress;
import org.openplip.model.Precision;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plip embed`: pictures or captions in, a NumPy matrix out.
@Command(
        name = "embed",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Turn pictures or captions into embeddings (.npy).",
        description = {
            "",
            "Writes float32 [n, width], a row for each input in the order given, of unit length."
                    + " Pictures that cannot be read are left out, listed with their reason, and"
                    + " make the exit code 1."
        })
final class EmbedCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "checkpoint folder in the Hugging Face layout")
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
                    "the .npy file; for pictures FILE.rows.parquet beside it says which row is which")
    private Path out = Path.of("");

    @Option(names = "--raw", description = "do not scale the embeddings to unit length")
    private boolean raw;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "float32",
            description = "float32, bf16 or int8 (default: ${DEFAULT-VALUE})")
    private Precision precision = Precision.FLOAT32;

    /// One row of the table beside the matrix.
    record Row(long row, String image) {}

    @Override
    public Integer call() throws IOException {
        Path texts = inputs.texts;
        List<String> images = inputs.images;
        List<String> captions = texts == null ? List.of() : Captions.read(texts);
        ImageInputs pictures = ImageInputs.of(images == null ? List.of() : images);
        try (Plip plip = Plip.load(model, precision)) {
            if (texts != null) {
                float[][] rows = raw ? plip.rawTexts(captions) : plip.encodeTexts(captions);
                Npy.write(out, List.of(rows), plip.width());
                System.out.printf("%s: %d captions x %d%n", out, rows.length, plip.width());
                return 0;
            }
            return embedImages(plip, pictures);
        }
    }

    private int embedImages(Plip plip, ImageInputs pictures) throws IOException {
        List<float[]> matrix = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        LeftOutList leftOut = new LeftOutList(pictures.leftOut());
        Progress progress = new TerminalProgress(System.err);
        try (Progress.Task task = progress.begin("embedding pictures", pictures.files().size())) {
            Consumer<ImageResult> results =
                    result -> {
                        switch (result) {
                            case ImageResult.Embedded embedded -> {
                                rows.add(new Row(matrix.size(), embedded.file().toString()));
                                matrix.add(embedded.embedding());
                            }
                            case ImageResult.Unreadable bad -> leftOut.add(bad);
                        }
                        task.advance(1);
                    };
            if (raw) plip.rawFiles(pictures.files(), results);
            else plip.encodeFiles(pictures.files(), results);
        }
        Npy.write(out, matrix, plip.width());
        Path table = out.resolveSibling(out.getFileName() + ".rows.parquet");
        try (var stream = Files.newOutputStream(table);
                CarpetWriter<Row> writer = new CarpetWriter<>(stream, Row.class)) {
            writer.write(rows);
        }
        System.out.printf("%s: %d pictures x %d%n", out, matrix.size(), plip.width());
        return leftOut.report();
    }
}
