package org.openplip.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.tensor.ElementType;

/// The shape of a CLIP, as in `config.json` of a checkpoint in the Hugging Face layout.
///
/// @param projectionWidth width of the embeddings
/// @param initialLogLogitScale what the trained logit scale starts from, before the exponential
public record ClipConfig(
        Vision vision, Text text, int projectionWidth, double initialLogLogitScale) {
    /// ln(1 / 0.07), CLIP section 2.5, as Hugging Face rounds it.
    public static final double INITIAL_LOG_LOGIT_SCALE = 2.6592;

    /// CLIP's; the same in every published checkpoint.
    public static final double LAYER_NORM_EPSILON = 1e-5;

    /// Far above any CLIP's: a configuration that asks for more is broken, and is refused before
    /// anything of that size is made.
    private static final int MOST_LAYERS = 1000;

    private static final int LARGEST_WIDTH = 1 << 20;
    private static final int LARGEST_IMAGE = 1 << 14;
    private static final int LARGEST_VOCABULARY = 1 << 24;

    /// The end-of-text id that old configurations hold by mistake; see [Text#endOfText].
    private static final int MISTAKEN_END_ID = 2;

    /// The vision transformer.
    ///
    /// @param width of a token; `heads` divides it
    /// @param innerWidth of the feed-forward part
    /// @param imageSize side of the square picture in pixels; `patchSize` divides it
    public record Vision(
            int width,
            int innerWidth,
            int depth,
            int heads,
            int imageSize,
            int patchSize,
            Activation activation,
            double layerNormEpsilon) {
        public Vision {
            checkTransformer("vision", width, innerWidth, depth, heads);
            if (patchSize < 1 || imageSize < patchSize || imageSize % patchSize != 0) {
                throw new IllegalArgumentException(
                        "vision: image size %d is not a multiple of patch size %d"
                                .formatted(imageSize, patchSize));
            }
            if (imageSize > LARGEST_IMAGE) {
                throw new IllegalArgumentException(
                        "vision: expected an image size of at most %d, got %d"
                                .formatted(LARGEST_IMAGE, imageSize));
            }
        }

        /// Of the given size, with an inner width four times the width, as in CLIP.
        public static Vision of(int width, int depth, int heads, int imageSize, int patchSize) {
            return new Vision(
                    width,
                    4 * width,
                    depth,
                    heads,
                    imageSize,
                    patchSize,
                    Activation.QUICK_GELU,
                    LAYER_NORM_EPSILON);
        }

        /// Patches and the class token.
        public int tokens() {
            int side = imageSize / patchSize;
            return side * side + 1;
        }
    }

    /// The text transformer.
    ///
    /// @param vocabulary number of token ids
    /// @param context longest row of ids
    /// @param startId of the token that opens a row
    /// @param endId of the token that closes it, as the file has it
    /// @param padId of the tokens after the end
    public record Text(
            int width,
            int innerWidth,
            int depth,
            int heads,
            int vocabulary,
            int context,
            int startId,
            int endId,
            int padId,
            Activation activation,
            double layerNormEpsilon) {
        public Text {
            checkTransformer("text", width, innerWidth, depth, heads);
            if (vocabulary < 1 || context < 1) {
                throw new IllegalArgumentException(
                        "text: expected a vocabulary and a context of at least 1, got %d and %d"
                                .formatted(vocabulary, context));
            }
            if (vocabulary > LARGEST_VOCABULARY || context > LARGEST_WIDTH) {
                throw new IllegalArgumentException(
                        "text: expected at most %d as vocabulary and %d as context, got %d and %d"
                                .formatted(LARGEST_VOCABULARY, LARGEST_WIDTH, vocabulary, context));
            }
        }

        /// Of the given size, with an inner width four times the width, as in CLIP. The last two
        /// ids start and end a row; the end also pads it.
        public static Text of(int width, int depth, int heads, int vocabulary, int context) {
            return new Text(
                    width,
                    4 * width,
                    depth,
                    heads,
                    vocabulary,
                    context,
                    vocabulary - 2,
                    vocabulary - 1,
                    vocabulary - 1,
                    Activation.QUICK_GELU,
                    LAYER_NORM_EPSILON);
        }

        /// Whether a text ends at the first of its row's largest id, as in OpenAI's code, and not
        /// at `endId`, which the file holds wrongly; see [#endOfText].
        public boolean endsAtLargestId() {
            return endId == MISTAKEN_END_ID;
        }

        /// Where the text ends in the row of `ids` from `start` to `start + length`, counted from
        /// `start`: the first `endId`. Configurations written before transformers 4.31 hold 2 as
        /// the end by mistake; with those it is the first of the largest id, as in OpenAI's code.
        ///
        /// @throws IllegalArgumentException if the row has no end
        public int endOfText(long[] ids, int start, int length) {
            int largest = start;
            for (int i = start; i < start + length; i++) {
                if (endsAtLargestId()) {
                    if (ids[i] > ids[largest]) largest = i;
                } else if (ids[i] == endId) {
                    return i - start;
                }
            }
            if (endsAtLargestId()) return largest - start;
            throw new IllegalArgumentException(
                    "ids: no end of text (%d) in %s"
                            .formatted(
                                    endId,
                                    Arrays.stream(ids, start, start + length)
                                            .mapToObj(Long::toString)
                                            .collect(Collectors.joining(" "))));
        }
    }

    public ClipConfig {
        if (projectionWidth < 1 || projectionWidth > LARGEST_WIDTH) {
            throw new IllegalArgumentException(
                    "projectionWidth: expected 1 to %d, got %d"
                            .formatted(LARGEST_WIDTH, projectionWidth));
        }
    }

    /// With CLIP's initial logit scale.
    public ClipConfig(Vision vision, Text text, int projectionWidth) {
        this(vision, text, projectionWidth, INITIAL_LOG_LOGIT_SCALE);
    }

    private static void checkTransformer(
            String tower, int width, int innerWidth, int depth, int heads) {
        if (width < 1 || innerWidth < 1 || depth < 1 || heads < 1) {
            throw new IllegalArgumentException(
                    "%s: expected sizes of at least 1, got width %d, inner %d, depth %d, heads %d"
                            .formatted(tower, width, innerWidth, depth, heads));
        }
        if (width > LARGEST_WIDTH || innerWidth > LARGEST_WIDTH || depth > MOST_LAYERS) {
            throw new IllegalArgumentException(
                    ("%s: expected widths of at most %d, a depth of at most %d,"
                                    + " got width %d, inner %d, depth %d")
                            .formatted(
                                    tower, LARGEST_WIDTH, MOST_LAYERS, width, innerWidth, depth));
        }
        if (width % heads != 0) {
            throw new IllegalArgumentException(
                    "%s: width %d is not a multiple of heads %d".formatted(tower, width, heads));
        }
    }

    // ---- config.json ----------------------------------------------------------------------

    /// The configuration in `file`. Absent fields have the values that transformers gives them.
    ///
    /// @throws DataException if the file is not JSON, or does not describe a CLIP that is supported
    public static ClipConfig read(Path file) throws IOException {
        JsonNode root = Json.read(file);
        Section top = new Section(file, "", root, root.path("-"));
        String type = root.path("model_type").asText("clip");
        if (!type.equals("clip")) {
            throw new DataException(file, "model_type", "expected clip, got " + type);
        }
        Section vision =
                new Section(
                        file,
                        "vision_config.",
                        root.path("vision_config_dict"),
                        root.path("vision_config"));
        Section text =
                new Section(
                        file,
                        "text_config.",
                        root.path("text_config_dict"),
                        root.path("text_config"));
        if (vision.integer("num_channels", 3) != 3) {
            throw new DataException(file, "vision_config.num_channels", "expected 3");
        }
        try {
            return new ClipConfig(
                    new Vision(
                            vision.integer("hidden_size", 768),
                            vision.integer("intermediate_size", 3072),
                            vision.integer("num_hidden_layers", 12),
                            vision.integer("num_attention_heads", 12),
                            vision.integer("image_size", 224),
                            vision.integer("patch_size", 32),
                            vision.activation(),
                            vision.number("layer_norm_eps", LAYER_NORM_EPSILON)),
                    new Text(
                            text.integer("hidden_size", 512),
                            text.integer("intermediate_size", 2048),
                            text.integer("num_hidden_layers", 12),
                            text.integer("num_attention_heads", 8),
                            text.integer("vocab_size", 49408),
                            text.integer("max_position_embeddings", 77),
                            text.integer("bos_token_id", 49406),
                            text.integer("eos_token_id", 49407),
                            text.integer("pad_token_id", 1),
                            text.activation(),
                            text.number("layer_norm_eps", LAYER_NORM_EPSILON)),
                    top.integer("projection_dim", 512),
                    top.number("logit_scale_init_value", INITIAL_LOG_LOGIT_SCALE));
        } catch (IllegalArgumentException e) {
            throw new DataException(file.toString(), null, String.valueOf(e.getMessage()), e);
        }
    }

    // ---- open_clip_config.json ------------------------------------------------------------

    /// What open_clip's `model_cfg` may say of a tower beyond sizes, and the only values of it that
    /// are CLIP's.
    private static final Map<String, List<String>> OPEN_CLIP_FIXED =
            Map.of(
                    "pool_type", List.of("tok", "argmax"),
                    "proj_type", List.of("linear"),
                    "pos_embed_type", List.of("learnable"));

    /// What does not change the model: what training alone asks for, and the tokenizer, whose files
    /// are read from the folder.
    private static final Set<String> OPEN_CLIP_HARMLESS =
            Set.of("patch_dropout", "init_logit_scale", "hf_tokenizer_name", "tokenizer_kwargs");

    /// The configuration in open_clip's `open_clip_config.json`. Absent fields have the values that
    /// open_clip gives them. The last two ids of the vocabulary start and end a row.
    ///
    /// @throws DataException if the file is not JSON, or does not describe a CLIP that is supported
    public static ClipConfig readOpenClip(Path file) throws IOException {
        JsonNode model = Json.read(file).path("model_cfg");
        if (!model.isObject()) throw new DataException(file, "model_cfg", "expected an object");
        JsonNode none = JsonNodeFactory.instance.missingNode();
        Section top = new Section(file, "model_cfg.", none, model);
        Section vision = new Section(file, "model_cfg.vision_cfg.", none, model.path("vision_cfg"));
        Section text = new Section(file, "model_cfg.text_cfg.", none, model.path("text_cfg"));
        top.accept(Set.of("embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text"));
        vision.accept(
                Set.of("width", "layers", "head_width", "mlp_ratio", "image_size", "patch_size"));
        text.accept(
                Set.of("width", "layers", "heads", "mlp_ratio", "vocab_size", "context_length"));
        Activation activation =
                model.path("quick_gelu").asBoolean(false) ? Activation.QUICK_GELU : Activation.GELU;
        int visionWidth = vision.integer("width", 768);
        int textWidth = text.integer("width", 512);
        int vocabulary = text.integer("vocab_size", 49408);
        int headWidth = vision.integer("head_width", 64);
        if (headWidth < 1 || visionWidth % headWidth != 0) {
            throw new DataException(
                    file,
                    "model_cfg.vision_cfg.head_width",
                    "%d does not divide the width %d".formatted(headWidth, visionWidth));
        }
        try {
            return new ClipConfig(
                    new Vision(
                            visionWidth,
                            (int) (visionWidth * vision.number("mlp_ratio", 4)),
                            vision.integer("layers", 12),
                            visionWidth / headWidth,
                            vision.integer("image_size", 224),
                            vision.integer("patch_size", 16),
                            activation,
                            LAYER_NORM_EPSILON),
                    new Text(
                            textWidth,
                            (int) (textWidth * text.number("mlp_ratio", 4)),
                            text.integer("layers", 12),
                            text.integer("heads", 8),
                            vocabulary,
                            text.integer("context_length", 77),
                            vocabulary - 2,
                            vocabulary - 1,
                            vocabulary - 1,
                            activation,
                            LAYER_NORM_EPSILON),
                    top.integer("embed_dim", 512));
        } catch (IllegalArgumentException e) {
            throw new DataException(file.toString(), null, String.valueOf(e.getMessage()), e);
        }
    }

    /// One object of the file; `first` goes before `second`, as the `_dict` fields of old
    /// configurations do.
    private record Section(Path file, String prefix, JsonNode first, JsonNode second) {
        private JsonNode field(String name) {
            return first.has(name) ? first.get(name) : second.path(name);
        }

        int integer(String name, int absent) throws DataException {
            JsonNode value = field(name);
            if (value.isMissingNode() || value.isNull()) return absent;
            if (!value.isIntegralNumber() || !value.canConvertToInt()) {
                throw new DataException(
                        file, prefix + name, "expected a whole number, got " + value);
            }
            return value.intValue();
        }

        double number(String name, double absent) throws DataException {
            JsonNode value = field(name);
            if (value.isMissingNode() || value.isNull()) return absent;
            if (!value.isNumber()) {
                throw new DataException(file, prefix + name, "expected a number, got " + value);
            }
            return value.doubleValue();
        }

        /// Refuses fields of open_clip that are not in `known` and would change the model.
        void accept(Set<String> known) throws DataException {
            for (Map.Entry<String, JsonNode> field : second.properties()) {
                JsonNode value = field.getValue();
                boolean off = value.isNull() || value.equals(BooleanNode.FALSE);
                List<String> allowed = OPEN_CLIP_FIXED.getOrDefault(field.getKey(), List.of());
                boolean harmless =
                        off
                                || known.contains(field.getKey())
                                || OPEN_CLIP_HARMLESS.contains(field.getKey())
                                || allowed.contains(value.asText());
                if (!harmless) {
                    throw new DataException(
                            file, prefix + field.getKey(), "is not supported: " + value);
                }
            }
        }

        Activation activation() throws DataException {
            String name = field("hidden_act").asText(Activation.QUICK_GELU.hiddenAct());
            for (Activation activation : Activation.values()) {
                if (activation.hiddenAct().equals(name)) return activation;
            }
            throw new DataException(
                    file, prefix + "hidden_act", "expected quick_gelu or gelu, got " + name);
        }
    }

    /// Writes a `config.json` that transformers loads as a `CLIPModel` of float32 weights.
    public void write(Path file) throws IOException {
        write(file, ElementType.F32);
    }

    /// Writes a `config.json` that transformers loads as a `CLIPModel`.
    ///
    /// @param type of the weights: float32, float16 or bfloat16
    public void write(Path file, ElementType type) throws IOException {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putArray("architectures").add("CLIPModel");
        root.put("model_type", "clip");
        root.put("projection_dim", projectionWidth);
        root.put("logit_scale_init_value", initialLogLogitScale);
        root.put("initializer_factor", 1.0);
        root.put("torch_dtype", torchType(type));
        ObjectNode v = root.putObject("vision_config");
        v.put("model_type", "clip_vision_model");
        v.put("hidden_size", vision.width);
        v.put("intermediate_size", vision.innerWidth);
        v.put("num_hidden_layers", vision.depth);
        v.put("num_attention_heads", vision.heads);
        v.put("num_channels", 3);
        v.put("image_size", vision.imageSize);
        v.put("patch_size", vision.patchSize);
        v.put("hidden_act", vision.activation.hiddenAct());
        v.put("layer_norm_eps", vision.layerNormEpsilon);
        v.put("projection_dim", projectionWidth);
        ObjectNode t = root.putObject("text_config");
        t.put("model_type", "clip_text_model");
        t.put("hidden_size", text.width);
        t.put("intermediate_size", text.innerWidth);
        t.put("num_hidden_layers", text.depth);
        t.put("num_attention_heads", text.heads);
        t.put("vocab_size", text.vocabulary);
        t.put("max_position_embeddings", text.context);
        t.put("hidden_act", text.activation.hiddenAct());
        t.put("layer_norm_eps", text.layerNormEpsilon);
        t.put("bos_token_id", text.startId);
        t.put("eos_token_id", text.endId);
        t.put("pad_token_id", text.padId);
        t.put("projection_dim", projectionWidth);
        Json.write(file, root);
    }

    private static String torchType(ElementType type) {
        return switch (type) {
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F64, I64, I32, I16, I8, U8, BOOL ->
                    throw new IllegalArgumentException(
                            "type: expected F32, F16 or BF16, got " + type);
        };
    }

    /// Writes an `open_clip_config.json`. open_clip knows one activation for both towers, 1e-5 for
    /// the layer norms, and that a text ends at its largest id.
    ///
    /// @param preprocessing the file's `preprocess_cfg`
    public void writeOpenClip(Path file, ObjectNode preprocessing) throws IOException {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ObjectNode model = root.putObject("model_cfg");
        model.put("embed_dim", projectionWidth);
        model.put("quick_gelu", vision.activation == Activation.QUICK_GELU);
        ObjectNode v = model.putObject("vision_cfg");
        v.put("image_size", vision.imageSize);
        v.put("layers", vision.depth);
        v.put("width", vision.width);
        v.put("head_width", vision.width / vision.heads);
        v.put("patch_size", vision.patchSize);
        putInnerRatio(v, vision.innerWidth, vision.width);
        ObjectNode t = model.putObject("text_cfg");
        t.put("context_length", text.context);
        t.put("vocab_size", text.vocabulary);
        t.put("width", text.width);
        t.put("heads", text.heads);
        t.put("layers", text.depth);
        putInnerRatio(t, text.innerWidth, text.width);
        root.set("preprocess_cfg", preprocessing);
        Json.write(file, root);
    }

    /// Only where it is not open_clip's default: old versions know none for texts.
    private static void putInnerRatio(ObjectNode tower, int innerWidth, int width) {
        if (innerWidth != 4 * width) tower.put("mlp_ratio", (double) innerWidth / width);
    }
}
