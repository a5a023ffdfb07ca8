package org.openplip.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openplip.tensor.Tensor;

/// The trained tensors of a CLIP in the order of the computation: name (Hugging Face's), shape, and
/// the distribution that training from nothing starts from (OpenAI's `initialize_parameters`).
final class ClipParameters {
    static final String LOG_LOGIT_SCALE = "logit_scale";

    private static final Pattern BLOCK =
            Pattern.compile("(vision|text)_model\\.encoder\\.layers\\.([0-9]+)\\..*");

    /// The block of its tower that a parameter is of; absent for one that is of none.
    static OptionalInt block(String name) {
        Matcher matcher = BLOCK.matcher(name);
        return matcher.matches()
                ? OptionalInt.of(Integer.parseInt(matcher.group(2)))
                : OptionalInt.empty();
    }

    /// Whether a parameter is of the image tower, its projection included.
    static boolean isOfImages(String name) {
        return name.startsWith("vision_model.") || name.startsWith("visual_projection.");
    }

    /// Whether a parameter is of the text tower, its projection included.
    static boolean isOfTexts(String name) {
        return name.startsWith("text_model.") || name.startsWith("text_projection.");
    }

    /// How many layers a tower has from a parameter to its exit: 0 for the final normalisation, the
    /// projection and what is of no tower, 1 for the last block, the depth and 1 for the entrance.
    static int layersAbove(String name, ClipConfig config) {
        int depth = isOfImages(name) ? config.vision().depth() : config.text().depth();
        OptionalInt block = block(name);
        if (block.isPresent()) return depth - block.getAsInt();
        boolean entrance = name.contains(".embeddings.") || name.contains(".pre_layrnorm.");
        return entrance ? depth + 1 : 0;
    }

    /// Values that a parameter starts from.
    private sealed interface Initial {
        float draw(RandomGenerator random);
    }

    private record Constant(double value) implements Initial {
        @Override
        public float draw(RandomGenerator random) {
            return (float) value;
        }
    }

    private record Normal(double deviation) implements Initial {
        @Override
        public float draw(RandomGenerator random) {
            return (float) (deviation * random.nextGaussian());
        }
    }

    private record Uniform(double bound) implements Initial {
        @Override
        public float draw(RandomGenerator random) {
            return (float) (bound * (2 * random.nextDouble() - 1));
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared, never given away
    private record Parameter(Initial initial, long... shape) {}

    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    /// The parameters of a model of that shape.
    static ClipParameters of(ClipConfig config) {
        ClipParameters all = new ClipParameters();
        int out = config.projectionWidth();

        ClipConfig.Vision v = config.vision();
        int w = v.width();
        int p = v.patchSize();
        Initial scaled = new Normal(1 / Math.sqrt(w));
        // PyTorch's default for a convolution: uniform within 1 / sqrt(inputs).
        Initial patch = new Uniform(1 / Math.sqrt(3.0 * p * p));
        all.add("vision_model.embeddings.class_embedding", scaled, w);
        all.add("vision_model.embeddings.patch_embedding.weight", patch, w, 3, p, p);
        all.add("vision_model.embeddings.position_embedding.weight", scaled, v.tokens(), w);
        all.addNorm("vision_model.pre_layrnorm", w); // sic
        all.addBlocks("vision_model.encoder.layers.", v.depth(), w, v.innerWidth());
        all.addNorm("vision_model.post_layernorm", w);
        all.add("visual_projection.weight", scaled, out, w);

        ClipConfig.Text t = config.text();
        w = t.width();
        all.add(
                "text_model.embeddings.token_embedding.weight",
                new Normal(0.02),
                t.vocabulary(),
                w);
        all.add(
                "text_model.embeddings.position_embedding.weight",
                new Normal(0.01),
                t.context(),
                w);
        all.addBlocks("text_model.encoder.layers.", t.depth(), w, t.innerWidth());
        all.addNorm("text_model.final_layer_norm", w);
        all.add("text_projection.weight", new Normal(1 / Math.sqrt(w)), out, w);

        all.add(LOG_LOGIT_SCALE, new Constant(config.initialLogLogitScale()));
        return all;
    }

    private void add(String name, Initial initial, long... shape) {
        parameters.put(name, new Parameter(initial, shape));
    }

    private void addNorm(String name, int width) {
        add(name + ".weight", new Constant(1), width);
        add(name + ".bias", new Constant(0), width);
    }

    private void addBlocks(String prefix, int depth, int width, int inner) {
        Initial attention = new Normal(1 / Math.sqrt(width));
        Initial feedForward = new Normal(1 / Math.sqrt(2.0 * width));
        // What a block adds to the residual stream shrinks with the number of blocks.
        Initial residual = new Normal(1 / Math.sqrt(width) / Math.sqrt(2.0 * depth));
        for (int i = 0; i < depth; i++) {
            String block = prefix + i;
            addNorm(block + ".layer_norm1", width);
            addLinear(block + ".self_attn.q_proj", attention, width, width);
            addLinear(block + ".self_attn.k_proj", attention, width, width);
            addLinear(block + ".self_attn.v_proj", attention, width, width);
            addLinear(block + ".self_attn.out_proj", residual, width, width);
            addNorm(block + ".layer_norm2", width);
            addLinear(block + ".mlp.fc1", feedForward, inner, width);
            addLinear(block + ".mlp.fc2", residual, width, inner);
        }
    }

    private void addLinear(String name, Initial initial, int out, int in) {
        add(name + ".weight", initial, out, in);
        add(name + ".bias", new Constant(0), out);
    }

    Iterable<String> names() {
        return parameters.keySet();
    }

    boolean contains(String name) {
        return parameters.containsKey(name);
    }

    long[] shape(String name) {
        return parameter(name).shape.clone();
    }

    /// Float32 values drawn for a parameter, in the innermost scope.
    Tensor draw(String name, RandomGenerator random) {
        Parameter parameter = parameter(name);
        int elements = 1;
        for (long size : parameter.shape) elements = Math.toIntExact(elements * size);
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) values[i] = parameter.initial.draw(random);
        return Tensor.of(values, parameter.shape);
    }

    private Parameter parameter(String name) {
        Parameter parameter = parameters.get(name);
        if (parameter == null) throw new IllegalArgumentException("no parameter " + name);
        return parameter;
    }
}
