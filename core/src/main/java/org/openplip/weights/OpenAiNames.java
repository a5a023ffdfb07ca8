package org.openplip.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// CLIP's tensors under the names of OpenAI's code and open_clip, and under Hugging Face's: the
/// same weights seen in the other way, in both directions.
///
/// Three things differ besides names:
///
/// - The three matrices `[width, width]` and biases `[width]` of queries, keys and values are one
///   `attn.in_proj_weight` `[3 width, width]` and one `attn.in_proj_bias` `[3 width]` at OpenAI's,
///   queries first, then keys, then values.
/// - The two projections are matrices `[embedding, width]` of a linear layer at Hugging Face's, and
///   `visual.proj` `[width, embedding]` and `text_projection` `[width, embedding]`, multiplied from
///   the right, at OpenAI's.
/// - open_clip's models of the class `CustomTextCLIP` have `text.` before the names of the text
///   tower.
///
/// Names that are not CLIP's stay as they are.
public final class OpenAiNames {
    /// How the text tower's names begin.
    public enum Form {
        /// As OpenAI's: `transformer.resblocks.0..`, `token_embedding.weight`, `text_projection`.
        FLAT(""),
        /// As open_clip's `CustomTextCLIP`: `text.transformer.resblocks.0..` and so on.
        TEXT_PREFIX("text.");

        private final String prefix;

        Form(String prefix) {
            this.prefix = prefix;
        }
    }

    private enum Part {
        WHOLE,
        TRANSPOSED,
        QUERIES,
        KEYS,
        VALUES
    }

    /// One tensor of Hugging Face's in OpenAI's terms.
    private record Place(String openAi, Part part) {}

    private record Row(String huggingFace, String openAi, Part part) {
        Row(String huggingFace, String openAi) {
            this(huggingFace, openAi, Part.WHOLE);
        }
    }

    private static final List<Row> VISION =
            List.of(
                    new Row("vision_model.embeddings.class_embedding", "visual.class_embedding"),
                    new Row(
                            "vision_model.embeddings.patch_embedding.weight",
                            "visual.conv1.weight"),
                    new Row(
                            "vision_model.embeddings.position_embedding.weight",
                            "visual.positional_embedding"),
                    new Row("vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"), // sic
                    new Row("vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"),
                    new Row("vision_model.post_layernorm.weight", "visual.ln_post.weight"),
                    new Row("vision_model.post_layernorm.bias", "visual.ln_post.bias"),
                    new Row("visual_projection.weight", "visual.proj", Part.TRANSPOSED),
                    new Row("logit_scale", "logit_scale"));

    private static final List<Row> TEXT =
            List.of(
                    new Row(
                            "text_model.embeddings.token_embedding.weight",
                            "token_embedding.weight"),
                    new Row(
                            "text_model.embeddings.position_embedding.weight",
                            "positional_embedding"),
                    new Row("text_model.final_layer_norm.weight", "ln_final.weight"),
                    new Row("text_model.final_layer_norm.bias", "ln_final.bias"),
                    new Row("text_projection.weight", "text_projection", Part.TRANSPOSED));

    /// The tensors of a block.
    private static final List<Row> BLOCK =
            List.of(
                    new Row("layer_norm1.weight", "ln_1.weight"),
                    new Row("layer_norm1.bias", "ln_1.bias"),
                    new Row("self_attn.q_proj.weight", "attn.in_proj_weight", Part.QUERIES),
                    new Row("self_attn.k_proj.weight", "attn.in_proj_weight", Part.KEYS),
                    new Row("self_attn.v_proj.weight", "attn.in_proj_weight", Part.VALUES),
                    new Row("self_attn.q_proj.bias", "attn.in_proj_bias", Part.QUERIES),
                    new Row("self_attn.k_proj.bias", "attn.in_proj_bias", Part.KEYS),
                    new Row("self_attn.v_proj.bias", "attn.in_proj_bias", Part.VALUES),
                    new Row("self_attn.out_proj.weight", "attn.out_proj.weight"),
                    new Row("self_attn.out_proj.bias", "attn.out_proj.bias"),
                    new Row("layer_norm2.weight", "ln_2.weight"),
                    new Row("layer_norm2.bias", "ln_2.bias"),
                    new Row("mlp.fc1.weight", "mlp.c_fc.weight"),
                    new Row("mlp.fc1.bias", "mlp.c_fc.bias"),
                    new Row("mlp.fc2.weight", "mlp.c_proj.weight"),
                    new Row("mlp.fc2.bias", "mlp.c_proj.bias"));

    private static final Pattern HUGGING_FACE_BLOCK =
            Pattern.compile("(vision|text)_model\\.encoder\\.layers\\.(\\d+)\\.(.+)");
    private static final Pattern OPENAI_BLOCK =
            Pattern.compile("(visual\\.|text\\.|)transformer\\.resblocks\\.(\\d+)\\.(.+)");

    private OpenAiNames() {}

    /// Whether these are names of OpenAI's or open_clip's, of any image tower.
    public static boolean areIn(Weights weights) {
        return weights.names().stream().anyMatch(name -> name.startsWith("visual."));
    }

    /// `openAi`, whose names are OpenAI's or open_clip's of either form, under Hugging Face's.
    /// Queries, keys and values are parts of the same memory; the projections are copies. Closing
    /// the result closes `openAi`.
    ///
    /// @throws DataException if the shape of a tensor that is split or transposed does not allow
    ///   it, or two tensors have the same name at Hugging Face's
    public static Weights toHuggingFace(Weights openAi) throws DataException {
        Map<String, Renamed.Source> sources = new LinkedHashMap<>();
        for (String name : openAi.names()) {
            List<Row> rows = huggingFace(name);
            if (rows.isEmpty()) rows = List.of(new Row(name, name));
            for (Row row : rows) {
                Renamed.Source source =
                        switch (row.part) {
                            case WHOLE -> new Renamed.Source.Whole(name);
                            case TRANSPOSED -> new Renamed.Source.Transposed(name);
                            case QUERIES -> new Renamed.Source.Third(name, 0);
                            case KEYS -> new Renamed.Source.Third(name, 1);
                            case VALUES -> new Renamed.Source.Third(name, 2);
                        };
                if (sources.put(row.huggingFace, source) != null) {
                    throw new DataException(
                            openAi.file(), name, "two tensors are " + row.huggingFace);
                }
            }
        }
        return new Renamed(openAi, sources);
    }

    /// `huggingFace` under OpenAI's or open_clip's names. The stacked projections of the attention
    /// and the transposed ones are copies, made when they are first asked for and kept until the
    /// result is closed, which closes `huggingFace` too.
    ///
    /// @throws DataException if the shape of a tensor that is stacked or transposed does not allow
    ///   it, or one of three that belong together is missing
    public static Weights toOpenAi(Weights huggingFace, Form form) throws DataException {
        Map<String, Renamed.Source> sources = new LinkedHashMap<>();
        for (String name : huggingFace.names()) {
            Place place = openAi(name, form);
            if (place == null) {
                sources.put(name, new Renamed.Source.Whole(name));
                continue;
            }
            sources.put(
                    place.openAi,
                    switch (place.part) {
                        case WHOLE -> new Renamed.Source.Whole(name);
                        case TRANSPOSED -> new Renamed.Source.Transposed(name);
                        case QUERIES, KEYS, VALUES -> stacked(name);
                    });
        }
        return new Renamed(huggingFace, sources);
    }

    private static Renamed.Source stacked(String name) {
        int at = name.lastIndexOf("_proj.") - 1;
        String before = name.substring(0, at);
        String after = name.substring(at + 1);
        return new Renamed.Source.Stacked(
                List.of(before + "q" + after, before + "k" + after, before + "v" + after));
    }

    /// Where OpenAI's code has a tensor of Hugging Face's; null if it is none of CLIP's.
    private static @Nullable Place openAi(String huggingFace, Form form) {
        Matcher block = HUGGING_FACE_BLOCK.matcher(huggingFace);
        if (block.matches()) {
            String tower = block.group(1).equals("vision") ? "visual." : form.prefix;
            for (Row row : BLOCK) {
                if (row.huggingFace.equals(block.group(3))) {
                    return new Place(
                            tower + "transformer.resblocks." + block.group(2) + "." + row.openAi,
                            row.part);
                }
            }
            return null;
        }
        for (Row row : VISION) {
            if (row.huggingFace.equals(huggingFace)) return new Place(row.openAi, row.part);
        }
        for (Row row : TEXT) {
            if (row.huggingFace.equals(huggingFace)) {
                return new Place(form.prefix + row.openAi, row.part);
            }
        }
        return null;
    }

    /// The tensors of Hugging Face's that OpenAI's code has in one, with their whole names; none if
    /// it is none of CLIP's.
    private static List<Row> huggingFace(String openAi) {
        Matcher block = OPENAI_BLOCK.matcher(openAi);
        if (block.matches()) {
            String tower = block.group(1).equals("visual.") ? "vision" : "text";
            String prefix = "%s_model.encoder.layers.%s.".formatted(tower, block.group(2));
            return BLOCK.stream()
                    .filter(row -> row.openAi.equals(block.group(3)))
                    .map(row -> new Row(prefix + row.huggingFace, row.openAi, row.part))
                    .toList();
        }
        String plain = openAi.startsWith("text.") ? openAi.substring("text.".length()) : openAi;
        for (Row row : VISION) if (row.openAi.equals(openAi)) return List.of(row);
        for (Row row : TEXT) if (row.openAi.equals(plain)) return List.of(row);
        return List.of();
    }
}
