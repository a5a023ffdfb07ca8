package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.Export;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip export`: a checkpoint in, a folder for another program out.
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Write a checkpoint for transformers, open_clip, OpenAI's code or ONNX Runtime.",
        description = {
            "",
            "Formats:",
            "  hf         transformers: config.json, model.safetensors",
            "  open_clip  open_clip_config.json, open_clip_model.safetensors",
            "  openai     model.pt, a PyTorch state dict with OpenAI's names",
            "  onnx       image.onnx (pixel_values to image_embeds), text.onnx (input_ids to",
            "             text_embeds), for batches of any size",
            "",
            "The preprocessing and the tokenizer's files come along. What was written is read back"
                    + " and embeds a batch as a check (not onnx). Embeddings of all formats are"
                    + " not of unit length."
        })
final class ExportCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "checkpoint: a folder or a file of any of these formats but onnx, or the name of"
                            + " a model that plip pull fetched")
    private Path model = Path.of("");

    @Option(
            names = "--format",
            required = true,
            paramLabel = "F",
            description = "hf, open_clip, openai or onnx")
    private Export.Format format = Export.Format.HF;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the folder; an earlier export there is replaced, nothing else is")
    private Path out = Path.of("");

    @Option(
            names = "--dtype",
            paramLabel = "T",
            defaultValue = "float32",
            description =
                    "float32, float16 or bf16 weights; with onnx, float32 or int8"
                            + " (default: ${DEFAULT-VALUE})")
    private Export.WeightType type = Export.WeightType.FLOAT32;

    @Override
    public Integer call() throws IOException {
        if (!Export.supports(format, type)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--dtype: %s has no %s".formatted(lowerCase(format), lowerCase(type)));
        }
        Export.Outcome outcome = Export.write(model, out, format, type, PlipCommand.VERSION);
        System.out.printf(
                "%s: %s %s, %s%n",
                out, lowerCase(format), lowerCase(type), String.join(" ", outcome.files()));
        if (!outcome.hasTokenizer()) {
            System.out.println("without a tokenizer, as the checkpoint has none");
        }
        System.out.println(check(outcome.difference()));
        return 0;
    }

    private static String check(@Nullable Double difference) {
        if (difference == null) return "not run here; any ONNX runtime of operator set 17 runs it";
        return String.format(
                Locale.ROOT,
                "read back: embeddings of a random batch differ by at most %.1e of the largest entry",
                difference);
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
