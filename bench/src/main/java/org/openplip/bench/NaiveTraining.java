package org.openplip.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;

/// A training step of CLIP as one writes it down over libtorch's binding, in float32, with
/// libtorch's own AdamW: the peer that shows what our own form of it is worth.
final class NaiveTraining implements AutoCloseable {
    private final ClipConfig config;
    private final Map<String, Tensor> weights = new HashMap<>();
    private final AdamW optimiser;

    NaiveTraining(Clip clip) {
        config = clip.config();
        List<Tensor> all = new ArrayList<>();
        clip.parameters()
                .forEach(
                        (name, parameter) -> {
                            try (PointerScope _ = new PointerScope();
                                    FloatPointer values = new FloatPointer(parameter.floats())) {
                                Tensor copy = torch.from_blob(values, parameter.shape()).clone();
                                copy.requires_grad_(true);
                                weights.put(name, (Tensor) copy.retainReference());
                                all.add(copy);
                            }
                        });
        AdamWOptions options = new AdamWOptions(1e-5);
        options.weight_decay().put(0.1);
        optimiser = new AdamW(new TensorVector(all.toArray(Tensor[]::new)), options);
    }

    /// Takes a step on normalised pixels `[n, 3, size, size]` and ids `[n, context]`, and returns
    /// the loss before it.
    double step(float[] pixels, long[] ids, int n) {
        try (PointerScope _ = new PointerScope();
                FloatPointer values = new FloatPointer(pixels);
                LongPointer tokens = new LongPointer(ids)) {
            optimiser.zero_grad();
            Tensor images = unit(images(values, n));
            Tensor texts = unit(texts(tokens, ids, n));
            Tensor logits = images.matmul(texts.t()).mul(of("logit_scale").exp());
            Tensor classes = torch.arange(new Scalar(n), new TensorOptions(ScalarType.Long));
            Tensor loss =
                    torch.cross_entropy_loss(logits, classes)
                            .add(torch.cross_entropy_loss(logits.t(), classes))
                            .div(new Scalar(2));
            loss.backward();
            optimiser.step();
            return loss.item_double();
        }
    }

    private static Tensor unit(Tensor x) {
        return x.div(
                x.norm(
                        new org.bytedeco.pytorch.ScalarOptional(new Scalar(2)),
                        new long[] {-1},
                        true));
    }

    private Tensor images(FloatPointer values, int n) {
        ClipConfig.Vision v = config.vision();
        long size = v.imageSize();
        long w = v.width();
        long p = v.patchSize();
        long side = size / p;
        Tensor x =
                torch.from_blob(values, new long[] {n, 3, size, size})
                        .reshape(n, 3, side, p, side, p)
                        .permute(0, 2, 4, 1, 3, 5)
                        .reshape(n, side * side, 3 * p * p)
                        .matmul(
                                of("vision_model.embeddings.patch_embedding.weight")
                                        .reshape(w, 3 * p * p)
                                        .t());
        Tensor first = of("vision_model.embeddings.class_embedding").expand(n, 1, w);
        x = torch.cat(new TensorVector(first, x), 1);
        x = x.add(of("vision_model.embeddings.position_embedding.weight"));
        x = norm(x, "vision_model.pre_layrnorm", w);
        x = blocks(x, "vision_model.encoder.layers.", v.depth(), v.heads(), new TensorOptional());
        x = norm(x.select(1, 0), "vision_model.post_layernorm", w);
        return x.matmul(of("visual_projection.weight").t());
    }

    private Tensor texts(LongPointer tokens, long[] ids, int n) {
        ClipConfig.Text c = config.text();
        int t = c.context();
        Tensor rows =
                torch.from_blob(tokens, new long[] {n, t}, new TensorOptions(ScalarType.Long));
        Tensor x = torch.embedding(of("text_model.embeddings.token_embedding.weight"), rows);
        x = x.add(of("text_model.embeddings.position_embedding.weight"));
        Tensor mask = torch.full(new long[] {t, t}, new Scalar(Float.NEGATIVE_INFINITY)).triu(1);
        x = blocks(x, "text_model.encoder.layers.", c.depth(), c.heads(), new TensorOptional(mask));
        x = norm(x, "text_model.final_layer_norm", c.width());
        long[] ends = new long[n];
        for (int i = 0; i < n; i++) ends[i] = (long) i * t + c.endOfText(ids, i * t, t);
        Tensor last =
                x.reshape((long) n * t, c.width())
                        .index_select(
                                0,
                                torch.from_blob(
                                                new LongPointer(ends),
                                                new long[] {n},
                                                new TensorOptions(ScalarType.Long))
                                        .clone());
        return last.matmul(of("text_projection.weight").t());
    }

    private Tensor blocks(Tensor x, String prefix, int depth, long h, TensorOptional mask) {
        long n = x.size(0);
        long t = x.size(1);
        long w = x.size(2);
        for (int i = 0; i < depth; i++) {
            String block = prefix + i;
            Tensor y = norm(x, block + ".layer_norm1", w);
            Tensor seen =
                    torch.scaled_dot_product_attention(
                            linear(y, block + ".self_attn.q_proj")
                                    .view(n, t, h, w / h)
                                    .transpose(1, 2),
                            linear(y, block + ".self_attn.k_proj")
                                    .view(n, t, h, w / h)
                                    .transpose(1, 2),
                            linear(y, block + ".self_attn.v_proj")
                                    .view(n, t, h, w / h)
                                    .transpose(1, 2),
                            mask,
                            0.0,
                            false,
                            new DoubleOptional(),
                            false);
            seen = seen.transpose(1, 2).reshape(n, t, w);
            x = x.add(linear(seen, block + ".self_attn.out_proj"));
            y = linear(norm(x, block + ".layer_norm2", w), block + ".mlp.fc1");
            y = y.mul(torch.sigmoid(y.mul(new Scalar(1.702))));
            x = x.add(linear(y, block + ".mlp.fc2"));
        }
        return x;
    }

    private Tensor linear(Tensor x, String name) {
        return torch.linear(x, of(name + ".weight"), of(name + ".bias"));
    }

    private Tensor norm(Tensor x, String name, long w) {
        return torch.layer_norm(
                x,
                new long[] {w},
                new TensorOptional(of(name + ".weight")),
                new TensorOptional(of(name + ".bias")),
                1e-5,
                false);
    }

    private Tensor of(String name) {
        Tensor tensor = weights.get(name);
        if (tensor == null) throw new IllegalArgumentException("no parameter " + name);
        return tensor;
    }

    @Override
    public void close() {
        optimiser.close();
        weights.values().forEach(Tensor::close);
    }
}
