package org.openplip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.model.Activation;
import org.openplip.model.Clip;
import org.openplip.model.ClipCheckpoint;
import org.openplip.model.ClipConfig;
import org.openplip.onnx.ClipOnnx;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.tokenizer.ClipTokenizer;
import org.openplip.weights.OpenAiNames;
import org.openplip.weights.PytorchStateDict;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

/// A checkpoint written for other programs.
public final class Export {
    /// Says what a folder holds, and that it may be replaced by another export.
    private static final String NOTE = "export.json";

    /// Width of an attention head in OpenAI's models, which their code takes for granted.
    private static final int OPENAI_HEAD_WIDTH = 64;

    /// Whom the folder is for.
    public enum Format {
        /// transformers: `config.json`, `model.safetensors`, `preprocessor_config.json`.
        HF,
        /// open_clip: `open_clip_config.json`, `open_clip_model.safetensors`.
        OPEN_CLIP,
        /// OpenAI's code and what was built on it: `model.pt`, a state dict of PyTorch's.
        OPENAI,
        /// ONNX Runtime and others: `image.onnx`, `text.onnx`.
        ONNX
    }

    /// The type of the weights.
    public enum WeightType {
        FLOAT32(ElementType.F32, 1e-5),
        FLOAT16(ElementType.F16, 1e-2),
        BF16(ElementType.BF16, 1e-1),
        /// Of matrices; for ONNX alone.
        INT8(ElementType.I8, 1);

        private final ElementType elements;

        /// How far embeddings may be off, in parts of the largest entry.
        private final double tolerance;

        WeightType(ElementType elements, double tolerance) {
            this.elements = elements;
            this.tolerance = tolerance;
        }
    }

    /// What was written.
    ///
    /// @param files their names, in alphabetical order
    /// @param difference the largest difference between an entry of the embeddings of a batch by
    ///   the checkpoint and by the files as read back, in parts of the largest entry; null for
    ///   ONNX, which this program does not run
    /// @param hasTokenizer whether the checkpoint had a tokenizer to write
    public record Outcome(List<String> files, @Nullable Double difference, boolean hasTokenizer) {}

    /// What `export.json` says; the difference is that of [Outcome].
    record Note(
            String format,
            String type,
            String version,
            String source,
            String sourceSha256,
            @Nullable Double difference) {}

    private Export() {}

    /// Whether there are weights of `type` in `format`.
    public static boolean supports(Format format, WeightType type) {
        return switch (format) {
            case HF, OPEN_CLIP, OPENAI -> type != WeightType.INT8;
            case ONNX -> type == WeightType.FLOAT32 || type == WeightType.INT8;
        };
    }

    /// Writes the checkpoint in `model`, of any form that [ClipCheckpoint] reads, into the folder
    /// `out`, reads it back and compares. The folder appears when it is whole; an earlier export in
    /// its place is replaced.
    ///
    /// @param version of this program, noted in the files
    /// @throws DataException if the checkpoint is wrong, the format cannot hold it, what was read
    ///   back is not the same, or `out` holds something that is no export
    /// @throws IllegalArgumentException if there are no weights of `type` in `format`
    public static Outcome write(
            Path model, Path out, Format format, WeightType type, String version)
            throws IOException {
        if (!supports(format, type)) {
            throw new IllegalArgumentException(
                    "type: expected one that %s has, got %s".formatted(format, type));
        }
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(model)) {
            checkPlace(checkpoint, out);
            ImagePreprocessor preprocessor = checkpoint.preprocessor();
            String obstacle = obstacle(format, checkpoint.config(), preprocessor);
            if (obstacle != null) {
                throw new DataException(model, "cannot be written as " + format + ": " + obstacle);
            }
            ClipTokenizer tokenizer =
                    ClipTokenizer.isIn(checkpoint.folder())
                            ? ClipTokenizer.load(checkpoint.folder())
                            : null;
            float[] expected = format == Format.ONNX ? null : embeddings(checkpoint);
            Path source = checkpoint.weights().file();
            String sha256 = Checkpoint.sha256(source);
            AtomicFiles.writeFolder(
                    out,
                    folder -> {
                        if (tokenizer != null) {
                            tokenizer.save(folder, checkpoint.config().text().context());
                        }
                        writeModel(folder, checkpoint, preprocessor, format, type, version, sha256);
                        Double difference =
                                expected == null ? null : difference(expected, folder, type);
                        Note note =
                                new Note(
                                        format.name(),
                                        type.name(),
                                        version,
                                        source.toString(),
                                        sha256,
                                        difference);
                        Json.write(folder.resolve(NOTE), note);
                    });
            Note note = Json.read(out.resolve(NOTE), Note.class);
            return new Outcome(files(out), note.difference, tokenizer != null);
        }
    }

    private static void checkPlace(ClipCheckpoint checkpoint, Path out) throws IOException {
        if (!Files.exists(out)) return;
        if (Files.isSameFile(out, checkpoint.folder())) {
            throw new DataException(out, "is the checkpoint's own folder; choose another");
        }
        if (!Files.isDirectory(out)
                || (!files(out).isEmpty() && !Files.exists(out.resolve(NOTE)))) {
            throw new DataException(out, "exists and is no export; choose another folder");
        }
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }

    // ---- what a format cannot hold --------------------------------------------------------

    /// Why `format` cannot hold a model; null if it can.
    private static @Nullable String obstacle(
            Format format, ClipConfig config, ImagePreprocessor preprocessor) {
        return switch (format) {
            case HF, ONNX -> null;
            case OPEN_CLIP -> openClipObstacle(config, preprocessor);
            case OPENAI -> openAiObstacle(config);
        };
    }

    private static @Nullable String openClipObstacle(
            ClipConfig config, ImagePreprocessor preprocessor) {
        ClipConfig.Vision vision = config.vision();
        ClipConfig.Text text = config.text();
        if (vision.activation() != text.activation()) return "its towers' activations differ";
        if (!scales(vision.width(), vision.innerWidth())
                || !scales(text.width(), text.innerWidth())) {
            return "the ratio of its inner width to its width is not exact";
        }
        if (preprocessor.shortestEdge() != preprocessor.cropSize()) {
            return "its pictures are resized to %d and cropped to %d"
                    .formatted(preprocessor.shortestEdge(), preprocessor.cropSize());
        }
        return originalObstacle(config);
    }

    /// Whether the ratio gives the inner width back.
    private static boolean scales(int width, int innerWidth) {
        return (int) (width * ((double) innerWidth / width)) == innerWidth;
    }

    private static @Nullable String openAiObstacle(ClipConfig config) {
        ClipConfig.Vision vision = config.vision();
        ClipConfig.Text text = config.text();
        if (vision.activation() != Activation.QUICK_GELU
                || text.activation() != Activation.QUICK_GELU) {
            return "its activation is not QuickGELU";
        }
        if (vision.width() != OPENAI_HEAD_WIDTH * vision.heads()
                || text.width() != OPENAI_HEAD_WIDTH * text.heads()) {
            return "its attention heads are not %d wide".formatted(OPENAI_HEAD_WIDTH);
        }
        if (vision.innerWidth() != 4 * vision.width() || text.innerWidth() != 4 * text.width()) {
            return "its inner width is not 4 times its width";
        }
        return originalObstacle(config);
    }

    /// What both of the codes that keep OpenAI's names take for granted.
    private static @Nullable String originalObstacle(ClipConfig config) {
        ClipConfig.Text text = config.text();
        double epsilon = ClipConfig.LAYER_NORM_EPSILON;
        if (config.vision().layerNormEpsilon() != epsilon || text.layerNormEpsilon() != epsilon) {
            return "the epsilon of its layer norms is not " + epsilon;
        }
        if (!text.endsAtLargestId() && text.endId() != text.vocabulary() - 1) {
            return "its end of text, %d, is not the last of its %d ids"
                    .formatted(text.endId(), text.vocabulary());
        }
        return null;
    }

    // ---- writing --------------------------------------------------------------------------

    private static void writeModel(
            Path folder,
            ClipCheckpoint checkpoint,
            ImagePreprocessor preprocessor,
            Format format,
            WeightType type,
            String version,
            String sha256)
            throws IOException {
        ClipConfig config = checkpoint.config();
        Weights weights = checkpoint.weights();
        if (format != Format.OPEN_CLIP) {
            AtomicFiles.writeString(
                    folder.resolve("preprocessor_config.json"), preprocessor.toJson());
        }
        switch (format) {
            case HF -> {
                config.write(folder.resolve("config.json"), type.elements);
                Safetensors.write(folder.resolve("model.safetensors"), weights, type.elements);
            }
            case OPEN_CLIP -> {
                config.writeOpenClip(
                        folder.resolve("open_clip_config.json"), preprocessor.openClip());
                try (Weights named = OpenAiNames.toOpenAi(weights, OpenAiNames.Form.FLAT)) {
                    Path file = folder.resolve("open_clip_model.safetensors");
                    Safetensors.write(file, named, type.elements);
                }
            }
            case OPENAI -> {
                try (Weights named = OpenAiNames.toOpenAi(weights, OpenAiNames.Form.FLAT)) {
                    PytorchStateDict.write(folder.resolve("model.pt"), named, type.elements);
                }
            }
            case ONNX -> {
                config.write(folder.resolve("config.json"));
                ClipOnnx.write(
                        folder,
                        config,
                        weights,
                        type.elements,
                        version,
                        Map.of("model_sha256", sha256, "type", type.name()));
            }
        }
    }

    // ---- checking -------------------------------------------------------------------------

    /// The largest difference of the embeddings by the checkpoint in `folder` from `expected`, in
    /// parts of the largest entry.
    private static double difference(float[] expected, Path folder, WeightType type)
            throws IOException {
        float[] actual;
        try (ClipCheckpoint written = ClipCheckpoint.open(folder)) {
            actual = embeddings(written);
        }
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double d = Math.abs((double) actual[i] - expected[i]);
            difference = Math.max(difference, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
        }
        difference /= largest;
        if (!(difference <= type.tolerance)) {
            throw new DataException(
                    folder,
                    "embeddings by what was written as %s differ by %.3g of the largest entry"
                            .formatted(type, difference));
        }
        return difference;
    }

    /// Embeddings, one after the other, of two pictures and two texts drawn at random, always the
    /// same.
    private static float[] embeddings(ClipCheckpoint checkpoint) throws IOException {
        ClipConfig.Vision vision = checkpoint.config().vision();
        ClipConfig.Text text = checkpoint.config().text();
        Random random = new Random(1);
        int size = vision.imageSize();
        float[] pixels = new float[2 * 3 * size * size];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (float) random.nextGaussian();
        int context = text.context();
        int end = text.endsAtLargestId() ? text.vocabulary() - 1 : text.endId();
        long[] ids = random.longs(2L * context, 0, text.vocabulary()).toArray();
        ids[context / 2] = end;
        ids[2 * context - 1] = end;
        try (Clip clip = Clip.of(checkpoint);
                Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor images = clip.imageEmbeddings(Tensor.of(pixels, 2, 3, size, size));
            Tensor texts = clip.textEmbeddings(Tensor.of(ids, 2, context));
            return Tensor.concatenate(0, List.of(images, texts)).floats();
        }
    }
}
