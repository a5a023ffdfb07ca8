package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openplip.ImageResult;
import org.openplip.Plip;
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
            "Each label is put into the prompt; a picture gets the label whose prompt is closest."
                    + " The probability is the softmax over the labels, at the model's own"
                    + " temperature. Pictures that cannot be read are left out, listed with their"
                    + " reason, and make the exit code 1."
        })
final class ZeroShotCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "checkpoint folder in the Hugging Face layout")
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
            split = ",",
            required = true,
            paramLabel = "LABEL",
            description = "at least two, separated by commas")
    private List<String> labels = List.of();

    @Option(
            names = "--prompt",
            defaultValue = "An H&E image patch of {} tissue.",
            paramLabel = "TEXT",
            description = "with {} where the label goes (default: ${DEFAULT-VALUE})")
    private String prompt = "";

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "float32",
            description = "float32, bf16 or int8 (default: ${DEFAULT-VALUE})")
    private Precision precision = Precision.FLOAT32;

    @Option(names = "--json", description = "print one JSON object in place of a table")
    private boolean json;

    /// What is said of one picture.
    ///
    /// @param similarities cosine of the picture and each label's prompt
    record Prediction(
            String image,
            String label,
            double probability,
            Map<String, Double> probabilities,
            Map<String, Double> similarities) {}

    private record Output(
            String model,
            Map<String, String> prompts,
            List<Prediction> predictions,
            List<ImageInputs.LeftOut> leftOut) {}

    @Override
    public Integer call() throws IOException {
        List<String> names = labels.stream().map(String::strip).distinct().toList();
        if (names.size() < 2 || names.size() != labels.size() || names.contains("")) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--labels: expected at least two different labels, got " + labels);
        }
        if (!prompt.contains("{}")) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--prompt: expected {} where the label goes");
        }
        ImageInputs pictures = ImageInputs.of(images);
        Map<String, String> prompts = new LinkedHashMap<>();
        for (String name : names) prompts.put(name, prompt.replace("{}", name));
        List<Prediction> predictions = new ArrayList<>();
        LeftOutList leftOut = new LeftOutList(pictures.leftOut());
        try (Plip plip = Plip.load(model, precision)) {
            float[][] texts = plip.encodeTexts(List.copyOf(prompts.values()));
            plip.encodeFiles(
                    pictures.files(),
                    result -> {
                        switch (result) {
                            case ImageResult.Embedded embedded ->
                                    predictions.add(
                                            predict(embedded, names, texts, plip.logitScale()));
                            case ImageResult.Unreadable bad -> leftOut.add(bad);
                        }
                    });
        }
        if (json) {
            System.out.println(
                    Json.MAPPER
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(
                                    new Output(
                                            model.toString(),
                                            prompts,
                                            predictions,
                                            leftOut.all())));
        } else {
            for (Prediction prediction : predictions) {
                System.out.printf(
                        "%-24s %5.1f %%  %s%n",
                        prediction.label(), 100 * prediction.probability(), prediction.image());
            }
        }
        return leftOut.report();
    }

    private static Prediction predict(
            ImageResult.Embedded image, List<String> labels, float[][] texts, float logitScale) {
        double[] similarity = new double[labels.size()];
        int best = 0;
        for (int i = 0; i < similarity.length; i++) {
            for (int d = 0; d < texts[i].length; d++) {
                similarity[i] += (double) texts[i][d] * image.embedding()[d];
            }
            if (similarity[i] > similarity[best]) best = i;
        }
        double sum = 0;
        for (double value : similarity) sum += Math.exp(logitScale * (value - similarity[best]));
        Map<String, Double> similarities = new LinkedHashMap<>();
        Map<String, Double> probabilities = new LinkedHashMap<>();
        for (int i = 0; i < similarity.length; i++) {
            similarities.put(labels.get(i), similarity[i]);
            probabilities.put(
                    labels.get(i), Math.exp(logitScale * (similarity[i] - similarity[best])) / sum);
        }
        return new Prediction(
                image.file().toString(), labels.get(best), 1 / sum, probabilities, similarities);
    }
}
