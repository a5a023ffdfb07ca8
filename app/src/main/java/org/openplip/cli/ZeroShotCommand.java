package org.openplip.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;
import org.openplip.ImageResult;
import org.openplip.Plip;
import org.openplip.Prediction;
import org.openplip.Prompts;
import org.openplip.ZeroShotClassifier;
import org.openplip.index.LeftOut;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Json;
import org.openplip.model.Precision;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip zero-shot`: which of some labels fits each picture best.
@Command(
        name = "zero-shot",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Say which of your labels fits each picture best.",
        description = {
            "",
            "Each label is put into the prompt; a picture gets the label whose prompt is closest,"
                    + " with several prompts the label whose prompts are closest in the mean. The"
                    + " probability is the softmax over the labels, at the model's own"
                    + " temperature. Pictures that cannot be read are left out, listed with their"
                    + " reason, and make the exit code 1."
        })
final class ZeroShotCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "checkpoint: a folder, a file, or the name of a model that plip pull fetched")
    private Path model = Path.of("");

    @Option(
            names = "--images",
            arity = "1..*",
            required = true,
            paramLabel = "PATH",
            description = "picture files, folders, or @list.txt (a path a line)")
    private List<String> images = List.of();

    @Option(
            names = "--labels",
            required = true,
            paramLabel = "LABELS",
            description = "at least two, separated by commas, or @labels.txt (one a line)")
    private String labels = "";

    @Option(
            names = "--prompt",
            defaultValue = "An H&E image patch of {} tissue.",
            paramLabel = "TEXT",
            description =
                    "with {} where the label goes; may be given several times"
                            + " (default: ${DEFAULT-VALUE})")
    private List<String> templates = List.of();

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "float32",
            description =
                    "the model computes in: float32, bf16 or int8 (default: ${DEFAULT-VALUE})")
    private Precision precision = Precision.FLOAT32;

    @Option(names = "--json", description = "print one JSON object in place of a table")
    private boolean json;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "write the table, with every label's numbers, to a file too")
    private @Nullable Path csv;

    /// What is said of one picture.
    private record Row(
            String image,
            String label,
            double probability,
            Map<String, Double> probabilities,
            Map<String, Double> similarities) {}

    private record Output(
            String model,
            Map<String, List<String>> prompts,
            List<Row> predictions,
            List<LeftOut> leftOut) {}

    /// Takes the predictions, one by one in the order of the pictures.
    private interface Sink {
        void accept(Path image, Prediction prediction) throws IOException;
    }

    @Override
    public Integer call() throws IOException {
        List<String> names = names();
        Prompts prompts = prompts();
        List<Path> pictures = ImageInputs.list(images);
        LeftOutList leftOut = new LeftOutList();
        List<Row> rows = new ArrayList<>();
        try (Plip plip = Plip.load(model, precision, Plip.BATCH)) {
            ZeroShotClassifier classifier = plip.classifier(names, prompts);
            Sink shown = json ? (image, said) -> rows.add(row(image, said)) : this::print;
            if (csv == null) {
                classify(plip, classifier, pictures, leftOut, shown);
            } else {
                AtomicFiles.write(
                        csv,
                        bytes -> {
                            CSVPrinter table =
                                    new CSVPrinter(
                                            new OutputStreamWriter(bytes, StandardCharsets.UTF_8),
                                            CSVFormat.DEFAULT
                                                    .builder()
                                                    .setRecordSeparator('\n')
                                                    .get());
                            table.printRecord(header(names));
                            classify(
                                    plip,
                                    classifier,
                                    pictures,
                                    leftOut,
                                    (image, said) -> {
                                        shown.accept(image, said);
                                        table.printRecord(cells(image, said));
                                    });
                            table.flush();
                        });
            }
        }
        if (json) {
            Map<String, List<String>> sentences = new LinkedHashMap<>();
            for (String name : names) sentences.put(name, prompts.sentences(List.of(name)));
            System.out.println(
                    Json.MAPPER
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(
                                    new Output(model.toString(), sentences, rows, leftOut.all())));
        }
        return leftOut.report();
    }

    private static void classify(
            Plip plip,
            ZeroShotClassifier classifier,
            List<Path> pictures,
            LeftOutList leftOut,
            Sink sink)
            throws IOException {
        try (Stream<ImageResult> results = plip.encodeImages(pictures.stream())) {
            for (Iterator<ImageResult> all = results.iterator(); all.hasNext(); ) {
                switch (all.next()) {
                    case ImageResult.Embedded(long _, Path file, float[] embedding) ->
                            sink.accept(file, classifier.predict(embedding));
                    case ImageResult.Unreadable bad -> leftOut.add(LeftOut.of(bad));
                }
            }
        }
    }

    private List<String> names() throws IOException {
        List<String> given =
                labels.startsWith("@")
                        ? Files.readAllLines(Path.of(labels.substring(1))).stream()
                                .filter(line -> !line.isBlank())
                                .toList()
                        : List.of(labels.split(",", -1));
        List<String> names = given.stream().map(String::strip).distinct().toList();
        if (names.size() < 2 || names.size() != given.size() || names.contains("")) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--labels: expected at least two different labels, got " + given);
        }
        return names;
    }

    private Prompts prompts() {
        for (String template : templates) {
            if (!template.contains("{}")) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "--prompt: expected {} where the label goes");
            }
        }
        return new Prompts(templates);
    }

    private void print(Path image, Prediction said) {
        System.out.printf("%-24s %5.1f %%  %s%n", said.label(), 100 * said.probability(), image);
    }

    private static Row row(Path image, Prediction said) {
        return new Row(
                image.toString(),
                said.label(),
                said.probability(),
                said.probabilities(),
                said.similarities());
    }

    private static List<String> header(List<String> names) {
        List<String> header = new ArrayList<>(List.of("image", "label", "probability"));
        for (String name : names) header.add("probability of " + name);
        for (String name : names) header.add("similarity of " + name);
        return header;
    }

    private static List<Object> cells(Path image, Prediction said) {
        List<Object> cells = new ArrayList<>(List.of(image, said.label(), said.probability()));
        cells.addAll(said.probabilities().values());
        cells.addAll(said.similarities().values());
        return cells;
    }
}
