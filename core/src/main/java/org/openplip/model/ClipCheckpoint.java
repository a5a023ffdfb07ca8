package org.openplip.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.tensor.ElementType;
import org.openplip.weights.OpenAiNames;
import org.openplip.weights.Weights;

/// A CLIP in its files: the shape of the model, and its tensors under Hugging Face's names, whole
/// and of the right shapes, mapped into memory and not yet read.
///
/// What is read:
///
/// - a folder of Hugging Face's: `config.json` with `model.safetensors`, `pytorch_model.bin`, or
///   either in several files behind `model.safetensors.index.json`, `pytorch_model.bin.index.json`;
/// - a folder of open_clip's: `open_clip_config.json` with `open_clip_model.safetensors`,
///   `open_clip_pytorch_model.bin`, or one other file of weights;
/// - OpenAI's files: a TorchScript archive or a state dict with OpenAI's names, as one file or as
///   the only one in a folder. The shape of the model is that of its tensors, its heads are 64
///   wide, and its activation is QuickGELU: open_clip's models that differ need their configuration
///   beside them.
///
/// A file of any of these may also be given by itself; its configuration is looked for beside it.
/// Close it after use.
public final class ClipCheckpoint implements AutoCloseable {
    private static final String CONFIG = "config.json";
    private static final String OPEN_CLIP_CONFIG = "open_clip_config.json";
    private static final String PREPROCESSOR = "preprocessor_config.json";

    /// In the order of preference.
    private static final List<String> HUGGING_FACE_FILES =
            List.of(
                    "model.safetensors",
                    "model.safetensors.index.json",
                    "pytorch_model.bin",
                    "pytorch_model.bin.index.json");

    private static final List<String> OPEN_CLIP_FILES =
            List.of("open_clip_model.safetensors", "open_clip_pytorch_model.bin");

    private static final List<String> ENDINGS = List.of(".safetensors", ".bin", ".pt", ".pth");

    /// Width of an attention head in OpenAI's models, which their files do not tell.
    private static final int HEAD_WIDTH = 64;

    /// What OpenAI's archives hold beside parameters: numbers that follow from the shapes, and
    /// masks.
    private static final Set<String> OPENAI_EXTRA =
            Set.of("input_resolution", "context_length", "vocab_size", "attn_mask");

    private static final Set<ElementType> FLOATING =
            EnumSet.of(ElementType.F64, ElementType.F32, ElementType.F16, ElementType.BF16);

    private final Path folder;
    private final Kind kind;
    private final ClipConfig config;
    private final Weights weights;

    private enum Kind {
        HUGGING_FACE,
        OPEN_CLIP,
        OPENAI
    }

    private ClipCheckpoint(Path folder, Kind kind, ClipConfig config, Weights weights) {
        this.folder = folder;
        this.kind = kind;
        this.config = config;
        this.weights = weights;
    }

    // ---- opening --------------------------------------------------------------------------

    /// The checkpoint in `path`, a folder or a file.
    ///
    /// @throws DataException if a file is missing or wrong, or a tensor is missing, unexpected or
    ///   of another shape than the configuration asks for
    public static ClipCheckpoint open(Path path) throws IOException {
        if (!Files.exists(path)) throw new DataException(path, "no such file or folder");
        boolean isFolder = Files.isDirectory(path);
        Path folder = isFolder ? path : path.resolveSibling("");
        Weights opened = Weights.open(isFolder ? weightsFile(folder) : path);
        ClipCheckpoint checkpoint = null;
        try {
            checkpoint = of(folder, opened);
            return checkpoint;
        } finally {
            if (checkpoint == null) opened.close();
        }
    }

    private static Path weightsFile(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        if (Files.exists(folder.resolve(CONFIG))) names.addAll(HUGGING_FACE_FILES);
        names.addAll(OPEN_CLIP_FILES);
        for (String name : names) {
            if (Files.exists(folder.resolve(name))) return folder.resolve(name);
        }
        List<Path> others;
        try (Stream<Path> files = Files.list(folder)) {
            others =
                    files.filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
                            .sorted()
                            .toList();
        }
        if (others.size() == 1) return others.getFirst();
        if (others.isEmpty()) {
            throw new DataException(
                    folder,
                    "has no weights: expected %s with %s, or one file of OpenAI's or open_clip's"
                            .formatted(CONFIG, String.join(" or ", HUGGING_FACE_FILES)));
        }
        throw new DataException(
                folder,
                "has %d files that may be the weights (%s, %s ..): name one of them"
                        .formatted(
                                others.size(),
                                others.get(0).getFileName(),
                                others.get(1).getFileName()));
    }

    /// The files that hold the weights of the checkpoint in `path`, a folder or a file; sorted.
    ///
    /// @throws DataException if there are none, or it is not clear which
    public static List<Path> weightsFiles(Path path) throws IOException {
        if (!Files.exists(path)) throw new DataException(path, "no such file or folder");
        Path file = Files.isDirectory(path) ? weightsFile(path) : path;
        if (!file.toString().endsWith(".index.json")) return List.of(file);
        Set<Path> shards = new TreeSet<>();
        for (JsonNode shard : Json.read(file).path("weight_map")) {
            shards.add(file.resolveSibling(shard.asText()));
        }
        return List.copyOf(shards);
    }

    private static ClipCheckpoint of(Path folder, Weights opened) throws IOException {
        Path configFile = folder.resolve(CONFIG);
        Path openClipFile = folder.resolve(OPEN_CLIP_CONFIG);
        Kind kind;
        ClipConfig config;
        Weights weights = opened;
        if (!OpenAiNames.areIn(opened)) {
            kind = Kind.HUGGING_FACE;
            if (!Files.exists(configFile)) throw new DataException(configFile, "no such file");
            config = ClipConfig.read(configFile);
        } else if (Files.exists(openClipFile)) {
            kind = Kind.OPEN_CLIP;
            config = ClipConfig.readOpenClip(openClipFile);
            weights = OpenAiNames.toHuggingFace(opened);
        } else {
            kind = Kind.OPENAI;
            config = openAi(opened);
            weights = OpenAiNames.toHuggingFace(opened);
        }
        check(
                weights,
                ClipParameters.of(config),
                switch (kind) {
                    case HUGGING_FACE -> CONFIG;
                    case OPEN_CLIP -> OPEN_CLIP_CONFIG;
                    case OPENAI -> "OpenAI's CLIP";
                });
        Weights parameters = weights.select(ClipParameters.of(config).names());
        return new ClipCheckpoint(folder, kind, config, parameters);
    }

    // ---- OpenAI's -------------------------------------------------------------------------

    /// The shape of a model with OpenAI's names, derived as `build_model` of OpenAI's code does.
    private static ClipConfig openAi(Weights weights) throws DataException {
        if (weights.names().stream().anyMatch(name -> name.startsWith("visual.layer1."))) {
            throw new DataException(
                    weights.file(), "its image tower is a ResNet, expected a vision transformer");
        }
        int[] patches = shape(weights, "visual.conv1.weight", 4); // [width, 3, patch, patch]
        int[] positions = shape(weights, "visual.positional_embedding", 2); // [tokens, width]
        int[] words = shape(weights, "token_embedding.weight", 2); // [vocabulary, width]
        int[] places = shape(weights, "positional_embedding", 2); // [context, width]
        int[] projection = shape(weights, "text_projection", 2); // [width, embedding]
        long side = Math.round(Math.sqrt(positions[0] - 1));
        try {
            return new ClipConfig(
                    ClipConfig.Vision.of(
                            patches[0],
                            layers(weights, "visual.transformer.resblocks."),
                            patches[0] / HEAD_WIDTH,
                            Math.toIntExact(side * patches[3]),
                            patches[3]),
                    ClipConfig.Text.of(
                            words[1],
                            layers(weights, "transformer.resblocks."),
                            words[1] / HEAD_WIDTH,
                            words[0],
                            places[0]),
                    projection[1]);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new DataException(
                    weights.file().toString(),
                    null,
                    "its shapes are not OpenAI's: " + e.getMessage(),
                    e);
        }
    }

    private static int[] shape(Weights weights, String name, int axes) throws DataException {
        long[] shape = weights.shape(name);
        for (long size : shape) {
            if (shape.length != axes || size < 1 || size > Integer.MAX_VALUE / 8) {
                throw new DataException(
                        weights.file(),
                        name,
                        "expected a shape of %d axes, got %s"
                                .formatted(axes, Arrays.toString(shape)));
            }
        }
        return Arrays.stream(shape).mapToInt(Math::toIntExact).toArray();
    }

    private static int layers(Weights weights, String prefix) {
        return (int)
                weights.names().stream()
                        .filter(name -> name.startsWith(prefix))
                        .filter(name -> name.endsWith(".attn.in_proj_weight"))
                        .count();
    }

    // ---- checking -------------------------------------------------------------------------

    private static void check(Weights weights, ClipParameters shapes, String fit)
            throws DataException {
        List<String> missing = new ArrayList<>();
        for (String name : shapes.names()) {
            if (!weights.names().contains(name)) missing.add(name);
        }
        List<String> unexpected = new ArrayList<>();
        for (String name : weights.names()) {
            if (!shapes.contains(name) && !isExtra(name)) unexpected.add(name);
        }
        if (!missing.isEmpty() || !unexpected.isEmpty()) {
            throw new DataException(
                    weights.file(),
                    "does not fit %s:".formatted(fit)
                            + list(" missing", missing)
                            + (missing.isEmpty() || unexpected.isEmpty() ? "" : ";")
                            + list(" unexpected", unexpected));
        }
        for (String name : shapes.names()) {
            long[] expected = shapes.shape(name);
            long[] found = weights.shape(name);
            if (!Arrays.equals(found, expected)) {
                throw new DataException(
                        weights.file(),
                        name,
                        "expected shape %s, got %s"
                                .formatted(Arrays.toString(expected), Arrays.toString(found)));
            }
            if (!FLOATING.contains(weights.type(name))) {
                throw new DataException(
                        weights.file(), name, "expected floats, got " + weights.type(name));
            }
        }
    }

    private static boolean isExtra(String name) {
        // Buffers of the numbers 0, 1, 2 .. that old versions of transformers saved.
        return name.endsWith(".position_ids")
                || name.endsWith(".attn_mask")
                || OPENAI_EXTRA.contains(name);
    }

    private static String list(String title, List<String> names) {
        if (names.isEmpty()) return "";
        int shown = Math.min(5, names.size());
        return title
                + " "
                + String.join(", ", names.subList(0, shown))
                + (shown < names.size() ? " and %d more".formatted(names.size() - shown) : "");
    }

    // ---- looking --------------------------------------------------------------------------

    /// Where the files lie, the tokenizer's too if there are any.
    public Path folder() {
        return folder;
    }

    public ClipConfig config() {
        return config;
    }

    /// The parameters by Hugging Face's names, of floating types, in the order of the computation.
    /// Closed with this checkpoint.
    public Weights weights() {
        return weights;
    }

    /// The preprocessing that the files ask for: `preprocess_cfg` of open_clip's configuration, or
    /// `preprocessor_config.json`; CLIP's own at the model's image size where neither is there.
    ///
    /// @throws DataException if the file is wrong, or does not fit the model
    public ImagePreprocessor preprocessor() throws IOException {
        int size = config.vision().imageSize();
        Path openClipFile = folder.resolve(OPEN_CLIP_CONFIG);
        Path preprocessorFile = folder.resolve(PREPROCESSOR);
        if (kind == Kind.OPEN_CLIP) return ImagePreprocessor.readOpenClip(openClipFile, size);
        if (!Files.exists(preprocessorFile)) return ImagePreprocessor.clip(size);
        ImagePreprocessor preprocessor = ImagePreprocessor.read(preprocessorFile);
        if (preprocessor.cropSize() != size) {
            throw new DataException(
                    preprocessorFile,
                    "its crop of %d does not fit the model's image size of %d"
                            .formatted(preprocessor.cropSize(), size));
        }
        return preprocessor;
    }

    /// Ends the mapping; what was read stays.
    @Override
    public void close() {
        weights.close();
    }
}
