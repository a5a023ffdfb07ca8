package org.openplip.onnx;

import static org.openplip.onnx.Graph.anySize;
import static org.openplip.onnx.Graph.integer;
import static org.openplip.onnx.Graph.integers;
import static org.openplip.onnx.Graph.real;
import static org.openplip.onnx.Graph.size;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.ProtobufMessage;
import org.openplip.model.Activation;
import org.openplip.model.ClipConfig;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Weights;

/// One of CLIP's towers in ONNX operators, in reading order. In shapes, `b` is the batch, `t`
/// tokens, `w` the tower's width, `h` heads.
///
/// Two things differ from the textbook, neither in the result: the attention's three matrices are
/// one, in which the query's part carries the factor `1 / √(w / h)`, and the class token is added
/// with its position's embedding to a row of zeros.
final class TowerGraph {
    /// QuickGELU's constant, of OpenAI's CLIP code.
    private static final double QUICK_GELU = 1.702;

    private final Graph graph = new Graph();
    private final Weights weights;
    private final boolean int8;

    /// @param weights float32 of Hugging Face's names; read when the graph is written
    /// @param int8 whether matrices are int8 and what they are multiplied with uint8
    private TowerGraph(Weights weights, boolean int8) {
        this.weights = weights;
        this.int8 = int8;
    }

    // ---- towers ---------------------------------------------------------------------------

    /// `pixel_values` float32 `[batch, 3, size, size]` to `image_embeds` float32 `[batch,
    /// projection width]`, not of unit length.
    static ProtobufMessage image(
            ClipConfig config,
            Weights weights,
            boolean int8,
            String version,
            Map<String, String> metadata) {
        TowerGraph tower = new TowerGraph(weights, int8);
        String embeddings = tower.imageEmbeddings(config);
        return tower.graph.model(
                embeddings,
                "image_embeds",
                version,
                metadata,
                anySize("batch"),
                size(config.projectionWidth()));
    }

    private String imageEmbeddings(ClipConfig all) {
        ClipConfig.Vision config = all.vision();
        String model = "vision_model.";
        String embeddings = model + "embeddings.";
        long p = config.patchSize();
        long side = config.imageSize() / p;
        int w = config.width();
        String x =
                graph.input(
                        "pixel_values",
                        ElementType.F32,
                        anySize("batch"),
                        size(3),
                        size(config.imageSize()),
                        size(config.imageSize()));
        graph.at(model + "embeddings");
        x = reshape(x, 0, 3, side, p, side, p);
        x = transpose(x, 0, 2, 4, 1, 3, 5); // [b, side, side, 3, p, p]
        x = reshape(x, 0, side * side, 3 * p * p);
        x =
                linear(
                        x,
                        embeddings + "patch_embedding",
                        new Matrix(
                                w,
                                3 * p * p,
                                () -> read(embeddings + "patch_embedding.weight").reshape(w, -1),
                                null));
        x = graph.node("Pad", List.of(x, graph.indices(0, 1, 0, 0, 0, 0))); // [b, t, w]
        String positions =
                graph.constant(
                        embeddings + "position_embedding",
                        ElementType.F32,
                        () -> positions(embeddings, config.tokens()),
                        config.tokens(),
                        w);
        x = add(x, positions);
        x = norm(x, model + "pre_layrnorm", w, config.layerNormEpsilon());
        for (int i = 0; i < config.depth(); i++) {
            Block block =
                    new Block(
                            model + "encoder.layers." + i,
                            w,
                            config.innerWidth(),
                            config.heads(),
                            config.activation(),
                            config.layerNormEpsilon());
            x = apply(block, x, null);
        }
        graph.at(model + "pooled");
        x = graph.node("Gather", List.of(x, graph.index(0)), integer("axis", 1)); // [b, w]
        x = norm(x, model + "post_layernorm", w, config.layerNormEpsilon());
        return projection(x, "visual_projection", all.projectionWidth(), w);
    }

    /// Position embeddings `[t, w]` with the class token added to the first.
    private Tensor positions(String embeddings, int tokens) throws IOException {
        Tensor all = read(embeddings + "position_embedding.weight");
        Tensor first = all.narrow(0, 0, 1).add(read(embeddings + "class_embedding"));
        return Tensor.concatenate(0, List.of(first, all.narrow(0, 1, tokens - 1)));
    }

    /// `input_ids` int64 `[batch, sequence]` to `text_embeds` float32 `[batch, projection width]`,
    /// not of unit length. A token sees itself and those before it, so no mask of padding is
    /// needed: the embedding is that of the end of the text.
    static ProtobufMessage text(
            ClipConfig config,
            Weights weights,
            boolean int8,
            String version,
            Map<String, String> metadata) {
        TowerGraph tower = new TowerGraph(weights, int8);
        String embeddings = tower.textEmbeddings(config);
        return tower.graph.model(
                embeddings,
                "text_embeds",
                version,
                metadata,
                anySize("batch"),
                size(config.projectionWidth()));
    }

    private String textEmbeddings(ClipConfig all) {
        ClipConfig.Text config = all.text();
        String model = "text_model.";
        int w = config.width();
        long context = config.context();
        String ids =
                graph.input("input_ids", ElementType.I64, anySize("batch"), anySize("sequence"));
        graph.at(model + "embeddings");
        String tokens = weight(model + "embeddings.token_embedding.weight", config.vocabulary(), w);
        String positions = weight(model + "embeddings.position_embedding.weight", context, w);
        String length = graph.node("Shape", List.of(ids), integer("start", 1), integer("end", 2));
        String x = graph.node("Gather", List.of(tokens, ids)); // [b, t, w]
        x =
                add(
                        x,
                        graph.node(
                                "Slice",
                                List.of(positions, graph.indices(0), length, graph.indices(0))));
        String whole =
                graph.constant(
                        "causal_mask",
                        ElementType.F32,
                        () -> causalMask(config.context()),
                        context,
                        context);
        String lengths = graph.node("Concat", List.of(length, length), integer("axis", 0));
        String mask =
                graph.node(
                        "Slice", List.of(whole, graph.indices(0, 0), lengths, graph.indices(0, 1)));
        for (int i = 0; i < config.depth(); i++) {
            Block block =
                    new Block(
                            model + "encoder.layers." + i,
                            w,
                            config.innerWidth(),
                            config.heads(),
                            config.activation(),
                            config.layerNormEpsilon());
            x = apply(block, x, mask);
        }
        graph.at(model + "pooled");
        String marks =
                config.endsAtLargestId()
                        ? ids
                        : graph.node("Equal", List.of(ids, graph.index(config.endId())));
        marks =
                graph.node(
                        "Cast",
                        List.of(marks),
                        integer("to", Graph.number(ElementType.I32))); // [b, t]
        String ends = graph.node("ArgMax", List.of(marks), integer("axis", 1)); // [b, 1]
        x = graph.node("GatherND", List.of(x, ends), integer("batch_dims", 1)); // [b, w]
        x = norm(x, model + "final_layer_norm", w, config.layerNormEpsilon());
        return projection(x, "text_projection", all.projectionWidth(), w);
    }

    /// What is added to attention scores `[context, context]`: nothing for a token and those before
    /// it, the lowest float32 for those after.
    private static Tensor causalMask(int context) {
        float[] mask = new float[context * context];
        for (int i = 0; i < context; i++) {
            Arrays.fill(mask, i * context + i + 1, (i + 1) * context, -Float.MAX_VALUE);
        }
        return Tensor.of(mask, context, context);
    }

    // ---- blocks ---------------------------------------------------------------------------

    /// A transformer's block, normalised before each part.
    private record Block(
            String name,
            int width,
            int innerWidth,
            int heads,
            Activation activation,
            double epsilon) {}

    /// `[b, t, w]` to `[b, t, w]`.
    ///
    /// @param mask `[t, t]`, added to the attention scores
    private String apply(Block block, String x, @Nullable String mask) {
        graph.at(block.name);
        x = add(x, attend(block, norm(x, block.name + ".layer_norm1", block), mask));
        String hidden = norm(x, block.name + ".layer_norm2", block);
        hidden = linear(hidden, block.name + ".mlp.fc1", block.innerWidth, block.width);
        hidden =
                switch (block.activation) {
                    case QUICK_GELU -> quickGelu(hidden);
                    case GELU -> gelu(hidden);
                };
        return add(x, linear(hidden, block.name + ".mlp.fc2", block.width, block.innerWidth));
    }

    private String attend(Block block, String x, @Nullable String mask) {
        int w = block.width;
        int h = block.heads;
        String attention = block.name + ".self_attn.";
        Matrix queryKeyValue =
                new Matrix(
                        3L * w,
                        w,
                        () -> joined(attention, ".weight", w / h),
                        () -> joined(attention, ".bias", w / h));
        String all = linear(x, attention + "qkv_proj", queryKeyValue); // [b, t, 3 w]
        List<String> parts = graph.node("Split", 3, List.of(all), integer("axis", 2));
        String query = transpose(reshape(parts.get(0), 0, 0, h, w / h), 0, 2, 1, 3);
        String key = transpose(reshape(parts.get(1), 0, 0, h, w / h), 0, 2, 3, 1);
        String value = transpose(reshape(parts.get(2), 0, 0, h, w / h), 0, 2, 1, 3);
        String scores = graph.node("MatMul", List.of(query, key)); // [b, h, t, t]
        if (mask != null) scores = add(scores, mask);
        scores = graph.node("Softmax", List.of(scores), integer("axis", -1));
        String seen = graph.node("MatMul", List.of(scores, value)); // [b, h, t, w / h]
        seen = reshape(transpose(seen, 0, 2, 1, 3), 0, 0, w);
        return linear(seen, attention + "out_proj", w, w);
    }

    private Tensor joined(String attention, String kind, int headWidth) throws IOException {
        return Tensor.concatenate(
                0,
                List.of(
                        read(attention + "q_proj" + kind).multiply(1 / Math.sqrt(headWidth)),
                        read(attention + "k_proj" + kind),
                        read(attention + "v_proj" + kind)));
    }

    private String quickGelu(String x) {
        String scaled = graph.node("Mul", List.of(x, graph.number(QUICK_GELU)));
        return graph.node("Mul", List.of(x, graph.node("Sigmoid", List.of(scaled))));
    }

    private String gelu(String x) {
        String scaled = graph.node("Div", List.of(x, graph.number(Math.sqrt(2))));
        String weight = add(graph.node("Erf", List.of(scaled)), graph.number(1));
        String twice = graph.node("Mul", List.of(x, weight));
        return graph.node("Mul", List.of(twice, graph.number(0.5)));
    }

    // ---- parts ----------------------------------------------------------------------------

    private String norm(String x, String name, Block block) {
        return norm(x, name, block.width, block.epsilon);
    }

    private String norm(String x, String name, long w, double epsilon) {
        return graph.node(
                "LayerNormalization",
                List.of(x, weight(name + ".weight", w), weight(name + ".bias", w)),
                real("epsilon", epsilon));
    }

    private String projection(String x, String name, long out, long in) {
        return linear(x, name, new Matrix(out, in, () -> read(name + ".weight"), null));
    }

    private String linear(String x, String name, long out, long in) {
        return linear(
                x,
                name,
                new Matrix(out, in, () -> read(name + ".weight"), () -> read(name + ".bias")));
    }

    /// A matrix `[out, in]` and a bias `[out]`.
    private record Matrix(
            long out, long in, Graph.Elements weight, Graph.@Nullable Elements bias) {}

    /// `[.., in]` to `[.., out]`.
    private String linear(String x, String name, Matrix matrix) {
        String product = int8 ? int8Product(x, name, matrix) : product(x, name, matrix);
        if (matrix.bias == null) return product;
        return add(
                product, graph.constant(name + ".bias", ElementType.F32, matrix.bias, matrix.out));
    }

    private String product(String x, String name, Matrix matrix) {
        String weight =
                graph.constant(
                        name + ".weight",
                        ElementType.F32,
                        () -> matrix.weight.tensor().transpose(0, 1),
                        matrix.in,
                        matrix.out);
        return graph.node("MatMul", List.of(x, weight));
    }

    /// The product of integers: `x` with one scale and zero point for all, found anew each time;
    /// the matrix with a scale for each output.
    private String int8Product(String x, String name, Matrix matrix) {
        String weight =
                graph.constant(
                        name + ".weight_quantized",
                        ElementType.I8,
                        () -> Int8Rows.of(matrix.weight.tensor()).steps().transpose(0, 1),
                        matrix.in,
                        matrix.out);
        String scales =
                graph.constant(
                        name + ".weight_scale",
                        ElementType.F32,
                        () -> Int8Rows.of(matrix.weight.tensor()).scales(),
                        matrix.out);
        List<String> input = graph.node("DynamicQuantizeLinear", 3, List.of(x));
        String product = graph.node("MatMulInteger", List.of(input.get(0), weight, input.get(2)));
        product =
                graph.node("Cast", List.of(product), integer("to", Graph.number(ElementType.F32)));
        return graph.node(
                "Mul", List.of(product, graph.node("Mul", List.of(input.get(1), scales))));
    }

    private String weight(String name, long... shape) {
        return graph.constant(name, ElementType.F32, () -> read(name), shape);
    }

    /// The weight of that name, float32.
    private Tensor read(String name) throws IOException {
        return weights.tensor(name).to(ElementType.F32);
    }

    private String add(String a, String b) {
        return graph.node("Add", List.of(a, b));
    }

    /// A size of 0 stands for the one that the axis has.
    private String reshape(String x, long... shape) {
        return graph.node("Reshape", List.of(x, graph.indices(shape)));
    }

    private String transpose(String x, long... axes) {
        return graph.node("Transpose", List.of(x), integers("perm", axes));
    }
}
